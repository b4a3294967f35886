import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A vertical film of test picture and tone, as an operator might upload it. */
export async function makeSource(folder: string, seconds: number): Promise<string> {
  const file = path.join(folder, 'source.mp4');
  const inputs = `-f lavfi -i testsrc2=size=720x1280:rate=24:duration=${seconds} -f lavfi -i sine=duration=${seconds}`;
  const args = `-v error -y ${inputs} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac`.split(' ');
  await run(process.env['FFMPEG_PATH'] ?? 'ffmpeg', [...args, file]);
  return file;
}
