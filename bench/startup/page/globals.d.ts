/** The file of the README, which has no types of its own. */
declare module 'hls.js/dist/hls.min.js' {
  import Hls from 'hls.js';
  export default Hls;
}
