import { classSource, distinctIssues, Findings, type DefinitionSource } from '../../src/definitions/findings.js';

const FILE: DefinitionSource = {
  name: 'x.yaml',
  locate: (path) => ({ line: path.length, column: 7, label: path.at(-1) === 'retryLimit' ? 'retry_limit' : undefined }),
};

describe('Findings', () => {
  it('gives each issue the place of what it is about', () => {
    const findings = new Findings(FILE);
    findings.add('A', ['steps', 0, 'name'], 'wrong');
    expect(findings.issues).toEqual([{ code: 'A', message: 'wrong', source: 'x.yaml', line: 3, column: 7 }]);
  });

  it('has no line where the source has none', () => {
    const findings = new Findings(classSource('ProcessOrder'));
    findings.add('A', ['name'], 'wrong');
    expect(findings.issues).toEqual([{ code: 'A', message: 'wrong', source: 'ProcessOrder' }]);
  });

  it('keeps the same finding once and knows which places are wrong', () => {
    const findings = new Findings(FILE);
    findings.add('A', ['name'], 'wrong');
    findings.add('A', ['name'], 'wrong');
    findings.add('B', ['name'], 'wrong');
    expect(findings.issues.map(({ code }) => code)).toEqual(['A', 'B']);
    expect(findings.has(['name'])).toBe(true);
    expect(findings.has(['name', 0])).toBe(false);
    expect(findings.has([])).toBe(false);
  });

  it('names a key as its author wrote it, else as the field is called', () => {
    expect(new Findings(FILE).label(['steps', 0, 'retryLimit'])).toBe('retry_limit');
    expect(new Findings(FILE).label(['steps', 0, 'backoff'])).toBe('backoff');
    expect(new Findings(classSource('X')).label(['steps', 3])).toBe('3');
  });
});

describe('distinctIssues', () => {
  it('keeps issues that differ in anything', () => {
    const issue = { code: 'A', message: 'm', source: 's' };
    expect(distinctIssues([issue, { ...issue }, { ...issue, line: 1 }])).toEqual([issue, { ...issue, line: 1 }]);
  });
});
