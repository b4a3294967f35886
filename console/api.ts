/** The console's calls of the public API, with the key that the operator pasted. The key lives in memory only. */

export interface Series {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
}

export interface Episode {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly state: 'draft' | 'processing' | 'ready' | 'published' | 'failed';
  readonly failure?: { readonly code: string; readonly detail: string };
  readonly durationSeconds: number | null;
}

export interface Job {
  readonly id: string;
  readonly state: string;
  readonly progress: number;
  readonly failure: { readonly code: string; readonly detail: string } | null;
}

export interface Policy {
  readonly freeEpisodes?: number;
  readonly coinPrice?: number;
  readonly previewSeconds?: number;
}

export interface Retention {
  readonly views: number;
  readonly completionRate: number;
  readonly curve: readonly { readonly atSeconds: number; readonly share: number }[];
}

/** What the API said was wrong, in words for a person. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class Api {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  async listSeries(): Promise<Series[]> {
    return this.#all('/v1/series');
  }

  async listEpisodes(series: Series): Promise<Episode[]> {
    return this.#all(`/v1/series/${series.id}/episodes`);
  }

  async policyOf(series: Series): Promise<Policy> {
    return this.#json('GET', `/v1/series/${series.id}/access`);
  }

  async job(id: string): Promise<Job> {
    return this.#json('GET', `/v1/jobs/${id}`);
  }

  async setPublished(episode: Episode, published: boolean): Promise<void> {
    await this.#json('POST', `/v1/episodes/${episode.id}/${published ? 'publish' : 'unpublish'}`);
  }

  async retention(episode: Episode): Promise<Retention> {
    return this.#json('GET', `/v1/analytics/episodes/${episode.id}/retention`);
  }

  /** XMLHttpRequest, because fetch does not tell how much of a body was sent. */
  upload(episode: Episode, file: File, onProgress: (share: number) => void): Promise<Job> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('PUT', `/v1/episodes/${episode.id}/source`);
      request.setRequestHeader('Authorization', `Bearer ${this.#key}`);
      request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
      request.onerror = () =>
        reject(new ApiError(0, 'The upload broke off. Check the connection and send the file again.'));
      request.onload = () => {
        if (request.status === 202) resolve((JSON.parse(request.responseText) as { job: Job }).job);
        else reject(new ApiError(request.status, messageOf(request.responseText)));
      };
      request.send(file);
    });
  }

  async #all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '?limit=100' : `?limit=100&cursor=${encodeURIComponent(cursor)}`;
      const page: { items: T[]; nextCursor: string | null } = await this.#json('GET', path + query);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  async #json<T>(method: string, path: string): Promise<T> {
    const response = await fetch(path, { method, headers: { Authorization: `Bearer ${this.#key}` } });
    const text = await response.text();
    if (!response.ok) throw new ApiError(response.status, messageOf(text));
    return JSON.parse(text) as T;
  }
}

function messageOf(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: string; detail?: string };
    return [title, detail].filter(Boolean).join(' ');
  } catch {
    return 'The server did not answer as expected. Try again shortly.';
  }
}
