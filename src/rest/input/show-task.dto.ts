import { FlagText, OneOf, Optional } from './rules.js';

/** The query string of `GET /tasks/:id`. */
export class ShowTaskDto {
  /** With an analysis of what depends on what, what holds it up, and what could run at once. */
  @Optional() @FlagText() readonly include_dependencies?: boolean;
}

export const DIAGRAM_FORMATS = ['mermaid', 'json', 'svg'] as const;

/** The query string of `GET /tasks/:id/diagram`. */
export class DiagramDto {
  /** @default what the Accept header prefers, else mermaid */
  @Optional() @OneOf(DIAGRAM_FORMATS) readonly format?: (typeof DIAGRAM_FORMATS)[number];
}
