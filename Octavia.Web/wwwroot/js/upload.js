// Sends a file straight to the API. It never travels through the page's own connection, which only hears how far it is.
// In the tus protocol (https://tus.io): a connection that breaks is waited for, and the file goes on from where it was.

const tus = { 'Tus-Resumable': '1.0.0' };
const patience = 5 * 60_000;
const silence = 30_000;
const base64 = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

// Shorter when the network comes back, or when the person stops waiting.
const pause = (time, signal) => new Promise(resume => {
  setTimeout(resume, time);
  addEventListener('online', resume, { once: true });
  signal?.addEventListener('abort', resume, { once: true });
});

// Answers also when nobody does: status 0, or null when it was stopped. A network that is gone is noticed by the browser, or by its silence.
function ask(method, address, headers, { signal, body, sent } = {}) {
  return new Promise(resolve => {
    const request = new XMLHttpRequest();
    const over = new AbortController();
    let watch = 0;
    const end = status => {
      clearTimeout(watch);
      over.abort();
      resolve({ status, body: request.responseText || null, header: name => request.getResponseHeader(name) });
    };
    const lose = () => { end(0); request.abort(); };
    const live = () => { clearTimeout(watch); watch = setTimeout(lose, silence); };
    request.open(method, address);
    for (const [name, value] of Object.entries({ ...tus, ...headers })) request.setRequestHeader(name, value);
    if (body?.size) {
      live();
      request.upload.onprogress = event => { live(); sent(event.loaded); };
      // Sent, it is looked into, which takes its time.
      request.upload.onload = () => clearTimeout(watch);
    }
    request.onload = () => end(request.status);
    request.onerror = () => end(0);
    request.onabort = () => end(null);
    addEventListener('offline', lose, { signal: over.signal });
    signal?.addEventListener('abort', () => request.abort(), { signal: over.signal });
    if (signal?.aborted) end(null);
    else request.send(body ?? null);
  });
}

// One file on its way. It keeps its address, so that it goes on after it was given up, too.
class Delivery {
  address = null;

  constructor(file, fileType) {
    this.file = file;
    this.fileType = fileType;
  }

  // How it ended: { status, body, fileId }; status 0 for a connection that is lost for good, null for stopped.
  async send(signal, progress) {
    const begun = await this.begin(signal);
    if (begun) return begun;
    let offset = 0;
    let furthest = 0;
    let alive = performance.now();
    // What is sent anew after a break moves nothing.
    const moved = sent => {
      if (sent > furthest) [furthest, alive] = [sent, performance.now()];
      progress(sent, false);
    };
    for (let wait = 0; ; wait = Math.min(2 * wait + 500, 10_000)) {
      progress(offset, wait > 0);
      const state = await ask('HEAD', this.address, {}, { signal });
      if (state.status === 200) {
        const reached = Number(state.header('Upload-Offset'));
        if (reached > offset) [offset, alive, wait] = [reached, performance.now(), 0];
        progress(offset, false);
        const outcome = this.outcome(await this.sendFrom(offset, state, signal, moved));
        if (outcome) return outcome;
      } else {
        const outcome = this.outcome(state);
        if (outcome) return outcome;
      }
      if (performance.now() - alive > patience) return { status: 0, body: null };
      await pause(wait, signal);
    }
  }

  async begin(signal) {
    if (this.address) return null;
    const metadata = `filename ${base64(this.file.name)},file_type ${base64(this.fileType)}`;
    const answer = await ask('POST', '/api/v1/upload/tus', { 'Upload-Length': this.file.size, 'Upload-Metadata': metadata }, { signal });
    if (answer.status !== 201) return answer;
    this.address = answer.header('Location');
    return null;
  }

  sendFrom(offset, state, signal, moved) {
    if (state.header('Octavia-File-Id')) return state;
    const headers = { 'Upload-Offset': offset, 'Content-Type': 'application/offset+octet-stream' };
    return ask('PATCH', this.address, headers, { signal, body: this.file.slice(offset), sent: loaded => moved(offset + loaded) });
  }

  // Null when it is to be tried again, from where it then is.
  outcome({ status, body, header }) {
    const fileId = status > 0 && status < 300 ? header('Octavia-File-Id') : null;
    if (fileId) return { status, body: null, fileId };
    if (status !== null && (status < 400 || status >= 500 || [409, 423, 429].includes(status))) return null;
    // Stopped, or refused; what only took too long to look into is kept, and looked into again without being sent again.
    if (status === null) ask('DELETE', this.address, {});
    if (!body?.includes('"input.too_complex"')) this.address = null;
    return { status, body };
  }
}

export function attach(zone, input, page) {
  // All that were ever chosen, where there may be many; else the last.
  let files = [];
  const deliveries = new Map();
  let sending = null;
  const leave = new AbortController();
  const listen = (target, type, handler) => target.addEventListener(type, handler, { signal: leave.signal });

  const choose = list => {
    if (input.disabled || !list || list.length === 0) return;
    const chosen = input.multiple ? [...list] : [list[0]];
    files = input.multiple ? [...files, ...chosen] : chosen;
    page.invokeMethodAsync('Chose', chosen.map(({ name, size, type }) => ({ name, size, type })));
    // The same file may be chosen again after it was left out.
    if (input.multiple) input.value = '';
  };

  let inside = 0;
  const hover = delta => {
    inside = Math.max(0, inside + delta);
    zone.classList.toggle('drop-over', inside > 0 && !input.disabled);
  };
  listen(input, 'change', () => choose(input.files));
  listen(zone, 'dragenter', event => { event.preventDefault(); hover(1); });
  listen(zone, 'dragover', event => event.preventDefault());
  listen(zone, 'dragleave', () => hover(-1));
  listen(zone, 'drop', event => { event.preventDefault(); hover(-inside); choose(event.dataTransfer.files); });
  // A file dropped beside the zone would replace the page.
  listen(window, 'dragover', event => event.preventDefault());
  listen(window, 'drop', event => event.preventDefault());
  listen(window, 'beforeunload', event => { if (sending) event.preventDefault(); });

  // The page's connection may be away for a moment when the upload ends, and what is said meanwhile gets no answer at all: said twice, it does no harm.
  const tell = async outcome => {
    let heard = false;
    while (!heard && !leave.signal.aborted) {
      const call = (async () => page.invokeMethodAsync('Finished', outcome))();
      call.then(() => { heard = true; }, () => {});
      await pause(1000, leave.signal);
    }
  };

  let told = { time: 0, waiting: false };
  const progress = file => (sent, waiting) => {
    const now = performance.now();
    if (waiting === told.waiting && now - told.time < 150) return;
    told = { time: now, waiting };
    // A lost message only means that the bar moves later.
    page.invokeMethodAsync('Progressed', Math.min(sent, file.size), waiting).catch(() => {});
  };

  return {
    // The page hears by 'Finished' that it is over: a call that lasts is lost with the page's connection.
    send(fileType, number) {
      const file = files[number ?? files.length - 1];
      if (deliveries.get(file)?.fileType !== fileType) deliveries.set(file, new Delivery(file, fileType));
      sending = new AbortController();
      deliveries.get(file).send(sending.signal, progress(file)).then(({ status, body, fileId }) => {
        sending = null;
        return tell({ status, body, fileId });
      });
    },
    stop() { sending?.abort(); },
    detach() { leave.abort(); sending?.abort(); },
  };
}

export const language = () => (navigator.language || 'en').split('-')[0].toLowerCase();
