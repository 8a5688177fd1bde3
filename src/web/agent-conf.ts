/** The text of `AgentServer.conf` for an environment: `cloud` is where the agent reaches this cloud. */
export function agentConf(envKey: string, cloud: string): string {
  return `<main>\n  env_key=${envKey}\n  cloud_url=${cloud}\n</main>\n`
}
