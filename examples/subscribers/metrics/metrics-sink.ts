/** Where metrics go: statsd, OpenTelemetry, Prometheus… A class, so that it is its own injection token. */
export abstract class MetricsSink {
  abstract count(name: string, tags: readonly string[]): void;
  abstract duration(name: string, seconds: number, tags: readonly string[]): void;
  abstract gauge(name: string, value: number, tags: readonly string[]): void;
}

export interface Measurement {
  readonly kind: 'count' | 'duration' | 'gauge';
  readonly name: string;
  readonly value: number;
  readonly tags: readonly string[];
}

/** Keeps them, for tests and for trying it out. */
export class InMemoryMetrics extends MetricsSink {
  readonly measurements: Measurement[] = [];

  count(name: string, tags: readonly string[]): void {
    this.measurements.push({ kind: 'count', name, value: 1, tags });
  }

  duration(name: string, value: number, tags: readonly string[]): void {
    this.measurements.push({ kind: 'duration', name, value, tags });
  }

  gauge(name: string, value: number, tags: readonly string[]): void {
    this.measurements.push({ kind: 'gauge', name, value, tags });
  }

  /** How often a counter was raised, with all of these tags. */
  total(name: string, ...tags: readonly string[]): number {
    const counts = this.measurements.filter((one) => one.kind === 'count' && one.name === name);
    return counts.filter((one) => tags.every((tag) => one.tags.includes(tag))).length;
  }
}
