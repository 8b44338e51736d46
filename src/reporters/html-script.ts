/** Runs in the reader's browser. It reveals the filter, so that nothing is shown that does not work. */
export const script = `
const form = document.getElementById('filter');
const findings = [...document.querySelectorAll('details.finding')];
if (form) {
  const shown = document.getElementById('shown');
  const apply = () => {
    const data = new FormData(form);
    const folder = String(data.get('folder'));
    let count = 0;
    for (const finding of findings) {
      const { file } = finding.dataset;
      const fits = ['rule', 'confidence', 'effect'].every((name) => data.getAll(name).includes(finding.dataset[name]));
      finding.hidden = !(fits && file.startsWith(folder));
      count += finding.hidden ? 0 : 1;
    }
    shown.textContent = count + ' of ' + findings.length + ' shown';
  };
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  // The form is reset after its listeners.
  form.addEventListener('reset', () => setTimeout(apply));
  apply();
}
addEventListener('keydown', (event) => {
  const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
  if (step === 0 || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('select')) return;
  const visible = findings.filter((finding) => !finding.hidden);
  const current = visible.indexOf(document.activeElement?.closest('details.finding'));
  const next = visible[current < 0 ? (step > 0 ? 0 : visible.length - 1) : current + step];
  if (next) {
    next.querySelector('summary').focus();
    next.scrollIntoView({ block: 'start' });
  }
});
const target = location.hash && document.getElementById(location.hash.slice(1));
if (target) target.open = true;
`;
