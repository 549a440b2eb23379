/**
 * Preload for a child process (`node --import '.../clock.mjs?start=<ms>' …`): its clock reads <ms> when it starts and
 * moves on in real speed. Only `Date` is moved: timers, `performance`, file times and
 * `Intl.DateTimeFormat().format()` without an argument keep the real clock.
 */
const RealDate = Date
const shift = Number(new URL(import.meta.url).searchParams.get('start')) - RealDate.now()
const now = () => RealDate.now() + shift

// a proxy, not a subclass: `Date()` without `new` and `instanceof` must go on working
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
})
RealDate.prototype.constructor = globalThis.Date
