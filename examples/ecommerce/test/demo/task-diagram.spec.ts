import { type StepRecord } from 'nestjs-tasker';
import { DIAGRAM_COLOURS, taskDiagram } from '../../demo/task-diagram.js';
import { after, aTask, complete, failed, NOON } from '../support/task-details.js';

describe('the diagram of a task', () => {
  it('shows every step with its state, attempts and time', () => {
    const task = aTask([complete(7), failed('busy', { readyAt: after(1_500) }), {}]);
    expect(taskDiagram(task, NOON)).toBe(
      [
        'flowchart TD',
        '  task_7(["process_order 1.0.0<br/>▶ in_progress"]):::in_progress',
        '  step_1["step_1<br/>✔ complete<br/>1/3<br/>7 ms"]:::complete',
        '  step_2["step_2<br/>↻ backoff<br/>1/3<br/>again in 1.5 s"]:::backoff',
        '  step_3("step_3<br/>· pending"):::pending',
        '  task_7 --> step_1',
        '  step_1 --> step_2',
        '  step_2 -.-> step_3',
        '  classDef pending fill:#eceff1,stroke:#607d8b,color:#263238',
        '  classDef in_progress fill:#e3f2fd,stroke:#1565c0,color:#0d2f5c',
        '  classDef backoff fill:#fff3e0,stroke:#ef6c00,color:#5c2a00',
        '  classDef complete fill:#e8f5e9,stroke:#2e7d32,color:#123b15',
      ].join('\n'),
    );
  });

  it.each<[string, Partial<StepRecord>, string]>([
    ['that waits', {}, '· pending'],
    ['that is due', { readyAt: NOON }, '○ ready'],
    ['that is due later', { readyAt: after(1) }, '· pending'],
    [
      'that runs',
      { state: 'in_progress', attempts: 1, lastAttemptedAt: after(-40) },
      '▶ in_progress<br/>1/3<br/>40 ms',
    ],
    ['that failed for good', failed('no', { permanent: true }), '✘ error<br/>1/3'],
    ['without attempts left', failed('no', { attempts: 3 }), '✘ exhausted<br/>3/3'],
    ['that was cancelled', { state: 'cancelled' }, '⊘ cancelled'],
    ['that was resolved', { state: 'resolved_manually' }, '✎ resolved_manually'],
    ['that was skipped', { state: 'skipped' }, '↷ skipped'],
  ])('tells a step %s', (_, step, label) => {
    expect(taskDiagram(aTask([step]), NOON)).toContain(`step_1["step_1<br/>${label}"]`);
  });

  it('draws joins as hexagons and ends round, level by level', () => {
    const diamond = aTask([
      { name: 'join', parentIds: [2, 3] },
      { name: 'right', parentIds: [4] },
      { name: 'left', parentIds: [4] },
      { name: 'root', parentIds: [] },
      { name: 'end', parentIds: [1] },
    ]);
    const nodes = taskDiagram(diamond, NOON).match(/^ {2}step_\d+\W+\w+<.*$/gm);
    expect(nodes).toEqual([
      '  step_4["root<br/>· pending"]:::pending',
      '  step_2["right<br/>· pending"]:::pending',
      '  step_3["left<br/>· pending"]:::pending',
      '  step_1{{"join<br/>· pending"}}:::pending',
      '  step_5("end<br/>· pending"):::pending',
    ]);
  });

  it('holds nothing back behind a step that was skipped or resolved', () => {
    const text = taskDiagram(aTask([{ state: 'skipped' }, { state: 'resolved_manually' }, {}]), NOON);
    expect(text).toContain('step_1 --> step_2');
    expect(text).toContain('step_2 --> step_3');
  });

  it('keeps names from being read as markup', () => {
    const text = taskDiagram(aTask([{ name: 'a "b" <i> & #1;\nc' }]), NOON);
    expect(text).toContain('step_1["a #quot;b#quot; &lt;i&gt; &amp; #35;1;<br/>c<br/>· pending"]');
  });

  it('has colours that can be read, 4.5 to 1', () => {
    for (const { fill, text } of Object.values(DIAGRAM_COLOURS)) {
      expect(contrast(fill, text)).toBeGreaterThanOrEqual(4.5);
    }
  });
});

/** As WCAG defines it. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
