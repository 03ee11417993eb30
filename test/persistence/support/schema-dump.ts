/**
 * What a schema holds, as text: tables, constraints, indexes, views, functions, sequences. Read from the catalogue, so it
 * needs no pg_dump and comes out the same on every version of PostgreSQL and for every name of the schema. The table that
 * TypeORM keeps the migrations in is its own affair and left out.
 */

interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

export async function dumpSchema(client: Queryable, schema = 'public'): Promise<string> {
  await client.query(`select set_config('search_path', quote_ident($1), false)`, [schema]);
  const parts: string[] = [];
  for (const query of [TABLES, SEQUENCES, VIEWS, FUNCTIONS, TRIGGERS]) {
    const { rows } = await client.query(query, [schema]);
    parts.push(...(rows as { text: string }[]).map(({ text }) => text));
  }
  const quoted = schema.replaceAll('"', '""');
  const names = [`"${quoted}".`, `${schema}.`];
  const text = names.reduce((whole, name) => whole.replaceAll(name, ''), `${parts.join('\n\n')}\n`);
  return text.replaceAll(`search_path="${quoted}"`, 'search_path=$schema');
}

/** Not-null constraints have rows of their own from PostgreSQL 18 on; the columns say the same everywhere. */
const TABLES = `
  select format(E'create table %I (\\n%s\\n)%s;%s%s', c.relname,
    concat_ws(E',\\n',
      (select string_agg(format('  %I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                case when a.attidentity = 'a' then ' generated always as identity' end,
                case when a.attnotnull then ' not null' end, ' default ' || pg_get_expr(d.adbin, d.adrelid)),
              E',\\n' order by a.attnum)
       from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
      (select string_agg(format('  constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), E',\\n'
              order by k.contype, k.conname)
       from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n')),
    ' with (' || array_to_string(c.reloptions, ', ') || ')',
    E'\\n' || (select string_agg(pg_get_indexdef(i.indexrelid) || ';', E'\\n' order by i.indexrelid::regclass::text)
     from pg_index i
     where i.indrelid = c.oid and not exists (select from pg_constraint k where k.conindid = i.indexrelid)),
    E'\\ncomment on table ' || quote_ident(c.relname) || ' is ' || quote_literal(obj_description(c.oid, 'pg_class')) || ';')
    as text
  from pg_class c
  where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relkind in ('r', 'p')
    and c.relname <> 'tasker_migrations'
  order by c.relname collate "C"`;

/** Those that no identity column owns. */
const SEQUENCES = `
  select format('create sequence %I;', c.relname) as text
  from pg_class c
  where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relkind = 'S' and c.relname <> 'tasker_migrations_id_seq'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i')
  order by c.relname collate "C"`;

/** Versions differ in how far they indent a definition and in where they name a column's table. */
const VIEWS = `
  select format(E'create view %I (\\n%s\\n) as %s', c.relname,
    (select string_agg(format('  %I %s', a.attname, format_type(a.atttypid, a.atttypmod)), E',\\n' order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
    regexp_replace(trim(pg_get_viewdef(c.oid)), '\\s+', ' ', 'g')) as text
  from pg_class c
  where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relkind in ('v', 'm')
  order by c.relname collate "C"`;

const FUNCTIONS = `
  select format(E'create function %I(%s)\\nreturns %s\\nlanguage %s %s cost %s rows %s\\n%s\\nas $$%s$$;', p.proname,
    pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
    case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end, p.procost, p.prorows,
    (select string_agg('set ' || s, E'\\n' order by n) from unnest(p.proconfig) with ordinality as c(s, n)),
    p.prosrc) as text
  from pg_proc p join pg_language l on l.oid = p.prolang
  where p.pronamespace = (select oid from pg_namespace where nspname = $1)
  order by p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"`;

const TRIGGERS = `
  select pg_get_triggerdef(t.oid) || ';' as text
  from pg_trigger t join pg_class c on c.oid = t.tgrelid
  where c.relnamespace = (select oid from pg_namespace where nspname = $1) and not t.tgisinternal
  order by t.tgname collate "C"`;
