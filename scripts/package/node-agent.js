// tars_nodejs/node-agent/bin/node-agent of the package: `node-agent FOLDER -c TARS_CONFIG`.
import { runLauncher } from '../../../src/src/launcher/main.js'

await runLauncher()
