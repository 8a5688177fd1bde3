import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Cleanup } from './temp-folder.ts'

/** An HTTP proxy that leads to one port of this machine, whatever it is asked for. */
export class ProxyDouble {
  /** `host:port` it was asked for, or the URL where it forwards. */
  readonly asked: string[] = []
  host = ''
  /** `user:password` it wants. */
  wants: string | undefined
  /** Answers so instead of a connection. */
  refuses: number | undefined

  static async start(test: Cleanup, targetPort: number): Promise<ProxyDouble> {
    const double = new ProxyDouble()
    const sockets = new Set<Socket>()
    const server = createServer((request, response) => {
      double.asked.push(request.url ?? '')
      const status = double.#refusal(request.headers['proxy-authorization'])
      if (status !== undefined) {
        response.writeHead(status).end()
        return
      }
      const { method, headers, url = '' } = request
      const path = new URL(url).pathname
      const to = forward(
        { port: targetPort, host: '127.0.0.1', method, path, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        },
      )
      to.on('error', () => response.destroy())
      request.pipe(to)
    })
    server.on('connection', (socket: Socket) => sockets.add(socket))
    server.on('connect', (request, socket: Socket) => {
      double.asked.push(request.url ?? '')
      const status = double.#refusal(request.headers['proxy-authorization'])
      if (status !== undefined) {
        socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
        return
      }
      const to = connect(targetPort, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        to.pipe(socket).pipe(to)
      })
      sockets.add(to)
      to.on('error', () => socket.destroy())
      socket.on('error', () => to.destroy())
    })
    test.after(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    double.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    return double
  }

  #refusal(authorization: string | undefined): number | undefined {
    if (this.refuses !== undefined) return this.refuses
    const expected = this.wants && `Basic ${Buffer.from(this.wants).toString('base64')}`
    return expected === undefined || authorization === expected ? undefined : 407
  }
}
