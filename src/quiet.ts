/**
 * The airtable package brings node-fetch 2, whose dependencies warn of deprecations at each start. Nobody who reads
 * the log of a run can act on them. Imported first, since they warn while they are loaded.
 */
process.noDeprecation = true
