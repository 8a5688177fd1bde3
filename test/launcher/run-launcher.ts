/** The launcher as a process. */
import { runLauncher } from '../../src/launcher/main.ts'

await runLauncher()
