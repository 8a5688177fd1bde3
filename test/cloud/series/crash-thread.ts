/** Loaded before any script of a process of which a thread is to die: that thread gets the disk that ends it all. */
import { isMainThread } from 'node:worker_threads'
import { diskOf, type Life } from './crash-life.ts'

if (!isMainThread) await diskOf(JSON.parse(process.env.TARS_CRASH_LIFE ?? '') as Life)
