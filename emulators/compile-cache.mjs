/**
 * Preload for a child process: keeps what Node compiled of the bundle for the next process, and takes from there what an
 * earlier one left. Node looks at the content, so a bundle that was built anew is compiled anew.
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)))
