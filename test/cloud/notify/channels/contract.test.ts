/** Every channel to receivers against a server that checks and answers as its vendor does. */
import { RECEIVER_KINDS } from '../../../../src/cloud/notify/ports.ts'
import { keepsTheHttpContract } from '../support/channel-contract.ts'
import { startRobotPeer } from '../support/robot-peers.ts'

for (const kind of RECEIVER_KINDS) keepsTheHttpContract(kind, () => startRobotPeer(kind))
