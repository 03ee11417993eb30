import { DataSource, type DataSourceOptions } from 'typeorm';

/** A connected DataSource as a host makes one, on a few connections. */
export function openDataSource(url: string, options: Partial<DataSourceOptions> = {}): Promise<DataSource> {
  return new DataSource({ type: 'postgres', url, poolSize: 2, ...(options as object) }).initialize();
}
