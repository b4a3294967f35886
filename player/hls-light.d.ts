/** The light build has no types of its own; what it leaves out is still in its interface, and does nothing. */
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
