import { type DataSource, DefaultNamingStrategy, type EntityMetadata, type ObjectLiteral } from 'typeorm';
import { AnnotationTypeEntity } from '../../src/persistence/entities/annotation-type.entity.js';
import { DependentSystemEntity } from '../../src/persistence/entities/dependent-system.entity.js';
import { TaskAnnotationEntity } from '../../src/persistence/entities/task-annotation.entity.js';
import { TaskEntity } from '../../src/persistence/entities/task.entity.js';
import { TASKER_ENTITIES } from '../../src/persistence/entities/tasker-entities.js';
import { WorkerEntity } from '../../src/persistence/entities/worker.entity.js';
import { WorkflowStepEntity } from '../../src/persistence/entities/workflow-step.entity.js';
import { runMigrations } from '../../src/persistence/migrations.js';
import { openDataSource } from './support/data-source.js';
import { START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { DIAMOND } from './support/workflow.js';

const test = useEngine();

let dataSource: DataSource;
beforeAll(async () => {
  dataSource = await openDataSource(test.database.url, { entities: [...TASKER_ENTITIES] });
});
afterAll(() => dataSource.destroy());

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly identity: boolean;
  readonly primary: boolean;
}

/** What the catalogue says of a table's columns, by name. */
function columnsOf(table: string): Promise<Column[]> {
  return dataSource.query(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
            a.attidentity = 'a' as identity, coalesce(a.attnum = any (i.indkey), false) as "primary"
     from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
     where a.attrelid = $1::regclass and a.attnum > 0 order by a.attname collate "C"`,
    [table],
  );
}

/** The same, as the entity has it. */
function mappedColumns({ columns }: EntityMetadata): Column[] {
  return columns
    .map((column) => {
      const size = column.length === '' ? '' : `(${column.length})`;
      const type = `${dataSource.driver.normalizeType(column)}${size}${column.isArray ? '[]' : ''}`;
      const { databaseName: name, isNullable: nullable, isPrimary: primary } = column;
      return { name, type, nullable, identity: column.generatedIdentity === 'ALWAYS' && column.isGenerated, primary };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

it('there is an entity for every table, and no other', async () => {
  const tables: { name: string }[] = await dataSource.query(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'tasker_migrations'
     order by relname collate "C"`,
  );
  const mapped = TASKER_ENTITIES.map((entity) => dataSource.getMetadata(entity).tableName);
  expect(mapped.sort()).toEqual(tables.map(({ name }) => name));
});

describe.each(TASKER_ENTITIES.map((entity) => [entity.name, entity] as const))('%s', (_name, entity) => {
  it('has the columns of its table: name, type, nullability, identity, key', async () => {
    const mapped = dataSource.getMetadata(entity);
    expect(mappedColumns(mapped)).toEqual(await columnsOf(mapped.tableName));
  });

  it('joins along the foreign keys of its table, and deletes as they do', async () => {
    const mapped = dataSource.getMetadata(entity);
    const keys: { column: string; table: string; action: string }[] = await dataSource.query(
      `select a.attname as column, c.confrelid::regclass::text as table,
              case c.confdeltype when 'c' then 'CASCADE' when 'r' then 'RESTRICT' end as action
       from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
       where c.contype = 'f' and c.conrelid = $1::regclass order by a.attname collate "C"`,
      [mapped.tableName],
    );
    const relations = mapped.foreignKeys.map((key) => {
      return { column: key.columnNames[0]!, table: key.referencedEntityMetadata.tableName, action: key.onDelete! };
    });
    expect(relations.sort((a, b) => (a.column < b.column ? -1 : 1))).toEqual(keys);
  });

  it('is not synchronized', () => {
    expect(dataSource.getMetadata(entity).synchronize).toBe(false);
  });
});

describe('after tasks were created by the engine', () => {
  it('every entity reads its rows, with all they are related to', async () => {
    const { engine } = test;
    await engine.create(await engine.define(DIAMOND));
    await engine.claim();
    for (const entity of TASKER_ENTITIES) {
      const repository = dataSource.getRepository<ObjectLiteral>(entity);
      const relations = repository.metadata.relations.map(({ propertyName }) => propertyName);
      const found = await repository.find({ relations: Object.fromEntries(relations.map((name) => [name, true])) });
      const rows: unknown[] = await dataSource.query(`select 1 from ${repository.metadata.tableName}`);
      expect([entity.name, found.length]).toEqual([entity.name, rows.length]);
    }
  });

  it('a task comes with its steps, edges and history, ids as numbers and times as instants', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(DIAMOND), { context: { order: 7 }, tags: ['a'] });
    await engine.claim({ worker: 3 });
    const task = await dataSource.getRepository(TaskEntity).findOneOrFail({
      where: { taskId: id },
      relations: {
        namedTask: { taskNamespace: true },
        definition: { steps: true },
        workflowSteps: { namedStep: { dependentSystem: true }, lane: true, incomingEdges: { fromStep: true } },
        transitions: true,
      },
      order: { workflowSteps: { position: 'ASC' }, transitions: { sortKey: 'ASC' } },
    });
    const { startedAt } = task;
    expect(task).toMatchObject({ taskId: id, state: 'in_progress', context: { order: 7 }, tags: ['a'] });
    expect(startedAt).toEqual(START);
    expect(task.namedTask.taskNamespace.name).toBe('default');
    expect(task.definition.steps).toHaveLength(4);
    expect(task.transitions.map(({ toState }) => toState)).toEqual(['pending', 'in_progress']);
    expect(task.workflowSteps.map(({ namedStep }) => namedStep.name)).toEqual(['s0', 's1', 's2', 's3']);
    expect(task.workflowSteps[0]).toMatchObject({ claimedBy: 3, attempts: 1, readyAt: null });
    expect(task.workflowSteps[3]!.incomingEdges.map((edge) => edge.fromStep.position).sort()).toEqual([1, 2]);
  });
});

describe('a bigint', () => {
  it('is a number, or is refused when a number cannot say it', async () => {
    const workers = dataSource.getRepository(WorkerEntity);
    const insert = (id: string) =>
      dataSource.query(
        `insert into tasker_workers (worker_id, host, pid, version, concurrency) overriding system value
         values ($1, 'h', 1, '1', 1)`,
        [id],
      );
    await insert('9007199254740991');
    expect(await workers.findOneBy({ workerId: 9007199254740991 })).toMatchObject({ workerId: 9007199254740991 });
    await insert('9007199254740993');
    await expect(workers.find()).rejects.toMatchObject({ code: 'ID_OUT_OF_RANGE' });
    await workers.clear();
  });
});

describe('a row written through its repository', () => {
  it('gets its id and its times from the database', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(DIAMOND));
    const type = await dataSource.getRepository(AnnotationTypeEntity).save({ name: 'note' });
    const annotations = dataSource.getRepository(TaskAnnotationEntity);
    const { annotationTypeId } = type;
    const saved = await annotations.save({ taskId: id, annotationTypeId, annotation: { text: 'x' } });
    expect(typeof saved.taskAnnotationId).toBe('number');
    const read = await annotations.findOneByOrFail({ taskAnnotationId: saved.taskAnnotationId });
    expect(read).toMatchObject({ annotation: { text: 'x' } });
    expect(read.createdAt).toEqual(saved.createdAt);
  });
});

describe('a host', () => {
  it('may have a schema, a naming strategy and parsed bigints of its own', async () => {
    class Shouting extends DefaultNamingStrategy {
      override tableName(target: string, given?: string): string {
        return given ?? `T_${target.toUpperCase()}`;
      }

      override columnName(property: string, given: string | undefined): string {
        return given ?? `C_${property.toUpperCase()}`;
      }

      override joinColumnName(relation: string): string {
        return `J_${relation.toUpperCase()}`;
      }
    }
    const options = { schema: 'Host Tasks', namingStrategy: new Shouting(), parseInt8: true };
    const host = await openDataSource(test.database.url, { entities: [...TASKER_ENTITIES], ...options });
    try {
      await runMigrations(host);
      const system = await host.getRepository(DependentSystemEntity).save({ name: 'billing' });
      expect(await host.getRepository(DependentSystemEntity).find({ relations: { namedSteps: true } })).toEqual([
        expect.objectContaining({ dependentSystemId: system.dependentSystemId, namedSteps: [] }),
      ]);
      expect(await host.getRepository(WorkflowStepEntity).find({ relations: { task: true, lane: true } })).toEqual([]);
      const worker = { host: 'h', pid: 1, version: '1', concurrency: 1 };
      expect(typeof (await host.getRepository(WorkerEntity).save(worker)).workerId).toBe('number');
    } finally {
      await host.query('drop schema "Host Tasks" cascade');
      await host.destroy();
    }
  });
});
