/**
 * The codecs in which phones, cameras and editors hand over films. ffmpeg decodes 300 more, written for games and archives
 * of the nineties and fuzzed the least; a stranger's upload reaches none of them.
 */
export const ACCEPTED_CODECS: ReadonlySet<string> = new Set([
  // Phones, cameras, the web.
  ...['h264', 'hevc', 'av1', 'vp8', 'vp9', 'mpeg4', 'h263', 'mpeg1video', 'mpeg2video', 'mjpeg'],
  // Masters of editors.
  ...['prores', 'dnxhd', 'cfhd', 'qtrle', 'png', 'ffv1', 'v210', 'rawvideo', 'dvvideo'],
  ...['aac', 'mp3', 'mp2', 'ac3', 'eac3', 'opus', 'vorbis', 'flac', 'alac', 'amr_nb', 'amr_wb', 'dts'],
  // Subtitles: text that becomes captions.
  ...['subrip', 'srt', 'ass', 'ssa', 'mov_text', 'webvtt', 'text'],
]);
