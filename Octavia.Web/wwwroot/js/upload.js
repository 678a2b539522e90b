// Sends a file straight to the API. It never travels through the page's own connection, which only hears how far it is.

export function attach(zone, input, page) {
  let file = null;
  let request = null;
  const leave = new AbortController();
  const listen = (target, type, handler) => target.addEventListener(type, handler, { signal: leave.signal });

  const choose = files => {
    if (input.disabled || !files || files.length === 0) return;
    file = files[0];
    page.invokeMethodAsync('Chose', { name: file.name, size: file.size, type: file.type });
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
  listen(window, 'beforeunload', event => { if (request) event.preventDefault(); });

  // The page's connection may be away for a moment when the upload ends.
  const tell = async outcome => {
    request = null;
    while (!leave.signal.aborted) {
      try {
        await page.invokeMethodAsync('Finished', outcome);
        return;
      } catch {
        await new Promise(resume => setTimeout(resume, 1000));
      }
    }
  };

  return {
    send(address) {
      const form = new FormData();
      form.append('file', file, file.name);
      let last = 0;
      request = new XMLHttpRequest();
      request.open('POST', address);
      request.upload.onprogress = event => {
        const now = performance.now();
        if (now - last < 150) return;
        last = now;
        // A lost message only means that the bar moves later.
        page.invokeMethodAsync('Progressed', Math.min(event.loaded, file.size)).catch(() => {});
      };
      const sent = request;
      request.onload = () => tell({ status: sent.status, body: sent.responseText });
      request.onerror = () => tell({ status: 0, body: null });
      request.onabort = () => tell({ status: null, body: null });
      request.send(form);
    },
    stop() { request?.abort(); },
    detach() { leave.abort(); request?.abort(); },
  };
}

export const language = () => (navigator.language || 'en').split('-')[0].toLowerCase();
