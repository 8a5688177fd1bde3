/** What node-agent loads as its script (`nodeAgent.main`): there `import.meta.main` is false. */
import { runProcess } from './main.ts'

// The arguments of this process are those of node-agent.
void runProcess([])
