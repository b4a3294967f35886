/** Two players of other people, each told in a page what to do with a URL. */

/** In the page, as text, as it knows only that page: the other rung after a second, the other language after three. */
export const PLAY_IN_HLS = `(url) => new Promise((resolve) => {
  const [errors, levels, languages] = [[], [], []];
  let buffers = '';
  const video = document.body.appendChild(document.createElement('video'));
  video.muted = true;
  const hls = new Hls({ startLevel: 0, maxBufferLength: 2, maxBufferSize: 1, testBandwidth: false });
  const end = () => {
    const cues = [...(video.textTracks[0]?.cues ?? [])].map((cue) => [cue.startTime, cue.endTime, cue.text].join(' '));
    resolve({ errors, levels, languages, buffers, seconds: video.currentTime, cues });
  };
  hls.on(Hls.Events.ERROR, (_, { details, fatal }) => { errors.push(details); if (fatal) end(); });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => levels.push(level));
  hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, (_, { lang }) => languages.push(lang));
  hls.on(Hls.Events.BUFFER_CREATED, (_, { tracks }) => { buffers = Object.keys(tracks).join(','); });
  hls.on(Hls.Events.MANIFEST_PARSED, () => { hls.loadLevel = 0; hls.subtitleTrack = 0; video.play().catch(() => {}); });
  video.addEventListener('timeupdate', () => {
    if (video.currentTime > 1) hls.loadLevel = 1;
    if (video.currentTime > 3 && hls.audioTracks.length > 1) hls.audioTrack = 1;
  });
  video.addEventListener('ended', end);
  setTimeout(end, 30000);
  hls.loadSource(url);
  hls.attachMedia(video);
})`;

/** As above: the other rung after a second, the first again after three, and the other language after four. */
export const PLAY_IN_SHAKA = `(url) => new Promise((resolve) => {
  const [errors, levels, languages] = [[], [], []];
  const video = document.body.appendChild(document.createElement('video'));
  video.muted = true;
  const player = new shaka.Player();
  const failed = (error) => { errors.push([error.category, error.code, error.data].join(' ')); };
  const end = () => {
    const seconds = video.currentTime;
    player.destroy().then(() => resolve({ errors, levels, languages, seconds }));
  };
  const active = () => player.getVariantTracks().find((track) => track.active);
  const note = () => {
    const now = active();
    if (now !== undefined && levels.at(-1) !== now.height) levels.push(now.height);
    if (now !== undefined && languages.at(-1) !== now.language) languages.push(now.language);
  };
  const turnTo = (choose) => {
    const now = active();
    const rungs = player.getVariantTracks().filter((track) => track.language === now.language);
    const wanted = rungs.toSorted((a, b) => a.height - b.height).at(choose);
    if (wanted !== now) player.selectVariantTrack(wanted, true);
  };
  const turnToSpanish = () => {
    const spanish = player.getAudioTracks().find((track) => track.language === 'es');
    if (spanish !== undefined) player.selectAudioTrack(spanish);
  };
  player.addEventListener('error', ({ detail }) => { failed(detail); if (detail.severity === 2) end(); });
  player.addEventListener('variantchanged', note);
  const steps = [
    [1, () => turnTo(-1)],
    [3, () => turnTo(0)],
    [4, () => turnToSpanish()],
  ];
  video.addEventListener('timeupdate', () => {
    note();
    while (steps.length > 0 && video.currentTime > steps[0][0]) steps.shift()[1]();
  });
  video.addEventListener('ended', end);
  setTimeout(end, 30000);
  const settings = { abr: { enabled: false }, preferredAudio: [{ language: 'en' }], streaming: { bufferingGoal: 2 } };
  player.attach(video)
    .then(() => { player.configure(settings); return player.load(url); })
    .then(() => { turnTo(0); note(); return video.play(); })
    .catch((error) => { failed(error); end(); });
})`;

/** In the page: the highest AV1 rung from the start, the lowest of H.264 after three seconds. */
export const PLAY_AV1_IN_HLS = `(url) => new Promise((resolve) => {
  const [errors, codecs] = [[], []];
  const video = document.body.appendChild(document.createElement('video'));
  video.muted = true;
  const hls = new Hls({ autoStartLoad: false, maxBufferLength: 2, maxBufferSize: 1, testBandwidth: false });
  const end = () => resolve({ errors, codecs, seconds: video.currentTime });
  const choose = (codec) => hls.levels.findLastIndex(({ videoCodec }) => videoCodec.startsWith(codec));
  hls.on(Hls.Events.ERROR, (_, { details, fatal }) => { errors.push(details); if (fatal) end(); });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => codecs.push(hls.levels[level].videoCodec));
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    hls.startLevel = hls.loadLevel = choose('av01');
    hls.startLoad(0);
    video.play().catch(() => {});
  });
  video.addEventListener('timeupdate', () => { if (video.currentTime > 3) hls.loadLevel = choose('avc1'); });
  video.addEventListener('ended', end);
  setTimeout(end, 30000);
  hls.loadSource(url);
  hls.attachMedia(video);
})`;
