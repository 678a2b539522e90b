// Follows the system until the person chooses; choosing what the system has follows it again.
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const wanted = () => localStorage.getItem('theme') ?? (system.matches ? 'dark' : 'light');
  const apply = () => { document.documentElement.dataset.theme = wanted(); };

  apply();
  system.addEventListener('change', apply);
  addEventListener('storage', apply);
  addEventListener('click', event => {
    if (!(event.target instanceof Element) || !event.target.closest('[data-theme-toggle]')) return;
    const next = wanted() === 'dark' ? 'light' : 'dark';
    if (next === (system.matches ? 'dark' : 'light')) localStorage.removeItem('theme');
    else localStorage.setItem('theme', next);
    apply();
  });
})();
