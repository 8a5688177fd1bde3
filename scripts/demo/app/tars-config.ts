/** The TARS config of one demo server, as tarsnode would render it. */
export interface DemoServer {
  readonly app: string
  readonly server: string
  readonly folder: string
  /** Where stat, property and notify are reported: the agent's ports. */
  readonly ports: { readonly stat: number; readonly property: number; readonly notify: number }
  readonly reportIntervalMs: number
  /** Servant name → port on 127.0.0.1. */
  readonly adapters: Readonly<Record<string, number>>
}

export function tarsConfig(server: DemoServer): string {
  const { app, folder, ports, reportIntervalMs, adapters } = server
  const name = `${app}.${server.server}`
  const on = (port: number) => `tcp -h 127.0.0.1 -p ${port} -t 60000`
  const adapterBlocks = Object.entries(adapters).map(
    ([servant, port]) => `      <${servant}Adapter>
        allow
        endpoint=${on(port)}
        maxconns=1000
        protocol=tars
        queuecap=10000
        queuetimeout=60000
        servant=${servant}
        threads=1
      </${servant}Adapter>
`,
  )
  return `<tars>
  <application>
    enableset=n
    setdivision=NULL
    <server>
      app=${app}
      server=${server.server}
      localip=127.0.0.1
      nodename=127.0.0.1
      basepath=${folder}/
      datapath=${folder}/
      logpath=${folder}/
      logLevel=DEBUG
      notify=tars.tarsnotify.NotifyObj@${on(ports.notify)}
      deactivating-timeout=3000
${adapterBlocks.join('')}    </server>
    <client>
      locator=tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p 1
      sync-invoke-timeout=3000
      async-invoke-timeout=5000
      refresh-endpoint-interval=60000
      stat=tars.tarsstat.StatObj@${on(ports.stat)}
      property=tars.tarsproperty.PropertyObj@${on(ports.property)}
      report-interval=${reportIntervalMs}
      asyncthread=1
      modulename=${name}
    </client>
  </application>
</tars>
`
}
