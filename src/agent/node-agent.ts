/** What node-agent loads as its script (`nodeAgent.main`): there `import.meta.main` is false. */
import { runProcess } from './main.ts'

void runProcess()
