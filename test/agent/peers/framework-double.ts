/** The framework's objects that an agent calls: tarsconfig, tarsnotify and tarsproperty, as real servants. */

import { ConfigF } from '../../../src/tars/idl/config-f.ts'
import { NotifyF } from '../../../src/tars/idl/notify-f.ts'
import { PropertyF } from '../../../src/tars/idl/property-f.ts'
import { StatF } from '../../../src/tars/idl/stat-f.ts'
import type { Servant } from '../../../src/tars/servant.ts'
import { startServants } from '../../tars/running-host.ts'
import type { Cleanup } from '../support/temp-folder.ts'

export type ConfigAnswer = { ret: number; config: string } | 'silence'

export interface Notified {
  readonly level: number
  readonly message: string
  readonly node: string
}

export interface Property {
  readonly module: string
  readonly ip: string
  readonly name: string
  readonly policies: Readonly<Record<string, string>>
}

export class FrameworkDouble {
  /** What tarsconfig answers, one after the other; the last again and again. */
  configs: ConfigAnswer[] = [{ ret: 0, config: '' }]
  readonly asked: object[] = []
  readonly notified: Notified[] = []
  readonly properties: Property[] = []
  /** Functions of ours that are told to have been called. */
  readonly calls: string[] = []
  #port = 0
  #onChange: () => void = () => {}

  static async start(test: Cleanup): Promise<FrameworkDouble> {
    const double = new FrameworkDouble()
    const { host, port } = await startServants(double.#servants())
    test.after(() => host.stop(0))
    double.#port = port
    return double
  }

  /** `tars.tarsconfig.ConfigObj@tcp …`, as a TARS config names it. */
  object(name: string): string {
    return `tars.${name}@tcp -h 127.0.0.1 -p ${this.#port} -t 3000`
  }

  /** The first that something was told of. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#onChange = resolve
      })
    }
  }

  #servants(): Servant[] {
    return [
      {
        name: 'tars.tarsconfig.ConfigObj',
        functions: {
          loadConfigByInfo: (body, call) => {
            this.asked.push(ConfigF.loadConfigByInfo.request.decode(body).configInfo)
            this.#onChange()
            const answer = this.configs.length > 1 ? this.configs.shift() : this.configs[0]
            if (answer === undefined || answer === 'silence') return
            call.respond(ConfigF.loadConfigByInfo.response.encode(answer))
          },
        },
      },
      {
        name: 'tars.tarsnotify.NotifyObj',
        functions: {
          reportNotifyInfo: (body, call) => {
            const { info } = NotifyF.reportNotifyInfo.request.decode(body)
            this.notified.push({
              level: info.eLevel,
              message: info.sMessage,
              node: info.sNodeName,
            })
            call.respond(NotifyF.reportNotifyInfo.response.encode({}))
            this.#onChange()
          },
        },
      },
      {
        name: 'tars.tarsproperty.PropertyObj',
        functions: {
          reportPropMsg: (body) => {
            const { statmsg } = PropertyF.reportPropMsg.request.decode(body)
            for (const [head, { vInfo }] of statmsg) {
              const { moduleName: module, ip, propertyName: name } = head
              const policies = Object.fromEntries(vInfo.map((info) => [info.policy, info.value]))
              this.properties.push({ module, ip, name, policies })
            }
            this.#onChange()
          },
        },
      },
      {
        name: 'tars.tarsstat.StatObj',
        functions: {
          reportMicMsg: (body) => {
            const { msg } = StatF.reportMicMsg.request.decode(body)
            for (const [head] of msg) this.calls.push(`${head.slaveName}.${head.interfaceName}`)
            this.#onChange()
          },
        },
      },
    ]
  }
}
