/** The agent sends its key unencrypted only to its own machine, or when it is told to. */
export function isInsecure(cloud: string): boolean {
  const { protocol, hostname } = new URL(cloud)
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** The text of `AgentServer.conf` for an environment: `cloud` is where the agent reaches this cloud. */
export function agentConf(envKey: string, cloud: string): string {
  const lines = [`env_key=${envKey}`, `cloud_url=${cloud}`]
  if (isInsecure(cloud)) lines.push('allow_insecure=true')
  return `<main>\n${lines.map((line) => `  ${line}\n`).join('')}</main>\n`
}
