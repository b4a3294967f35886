/** The OpenAPI document, from the schemas that the routes validate with. `npm run fix` writes it to docs/openapi.json. */
import { PROBLEMS, type ProblemCode } from '#core/problem/codes.ts';
import { SchemaCollector, type JsonSchema } from './convert.ts';
import { HEADERS, INFO, PARAMETERS, PROBLEM_SCHEMA, SECURITY_SCHEMES, securityOf, TAGS } from './fixed-parts.ts';
import { isBinary, type Answer, type Binary, type Operation } from './operation.ts';
import { ALL_OPERATIONS } from './operations/index.ts';
import { problemsOf } from './problems-of.ts';

export function openApiDocument(): JsonSchema {
  const schemas = new SchemaCollector();
  // Inputs first: their form of a schema is the stricter one.
  const bodies = new Map(ALL_OPERATIONS.map((operation) => [operation.id, requestBody(schemas, operation)]));
  const responses: Record<string, JsonSchema> = {};
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of ALL_OPERATIONS) {
    const [method = '', path = ''] = operation.call.split(' ');
    (paths[path] ??= {})[method.toLowerCase()] = describe({ schemas, responses }, operation, bodies.get(operation.id));
  }
  return {
    openapi: '3.1.1',
    ...INFO,
    tags: TAGS,
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: sorted(responses),
      schemas: { ...sorted(schemas.components), Problem: PROBLEM_SCHEMA },
    },
  };
}

interface Collected {
  readonly schemas: SchemaCollector;
  readonly responses: Record<string, JsonSchema>;
}

function describe({ schemas, responses }: Collected, operation: Operation, body: JsonSchema | undefined): JsonSchema {
  const { id, tag, summary, description, auth, answers } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(auth),
    ...withItems('parameters', parametersOf(schemas, operation)),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, answerOf(schemas, answer)] as const),
      ),
      ...(operation.etag === 'read' ? { 304: { description: 'It is as If-None-Match says.' } } : {}),
      ...problemResponses(responses, problemsOf(operation)),
    },
  };
}

function requestBody(schemas: SchemaCollector, operation: Operation): JsonSchema | undefined {
  const { body, bodyExample, isBodyRequired = true } = operation;
  if (body === undefined) return undefined;
  if (isBinary(body)) return { required: true, description: body.description, content: binaryContent(body) };
  // An example that the route would refuse must not be shown to anybody.
  if (bodyExample !== undefined) body.parse(bodyExample);
  const content = { schema: schemas.input(body), ...(bodyExample === undefined ? {} : { example: bodyExample }) };
  return { required: isBodyRequired, content: { 'application/json': content } };
}

function answerOf(schemas: SchemaCollector, answer: Answer): JsonSchema {
  const { description, content, alternative, example, headers = [] } = answer;
  return {
    description,
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])) }),
    ...(content === undefined
      ? {}
      : {
          content: {
            ...contentOf(schemas, content, example),
            ...(alternative === undefined ? {} : binaryContent(alternative)),
          },
        }),
  };
}

function contentOf(schemas: SchemaCollector, content: NonNullable<Answer['content']>, example: unknown): JsonSchema {
  if (isBinary(content)) return binaryContent(content);
  return { 'application/json': { schema: schemas.output(content), ...(example === undefined ? {} : { example }) } };
}

function binaryContent({ mediaTypes }: Binary): JsonSchema {
  return Object.fromEntries(mediaTypes.map((type) => [type, {}]));
}

function parametersOf(schemas: SchemaCollector, operation: Operation): JsonSchema[] {
  const { call, query, idempotencyKey, etag, headers = [] } = operation;
  const inPath = [...call.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ref(name));
  const { properties = {}, required = [] } = (query === undefined ? {} : schemas.input(query)) as {
    properties?: Record<string, JsonSchema>;
    required?: readonly string[];
  };
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
  return [
    ...inPath,
    ...inQuery,
    ...headers.map((name) => ref(name)),
    ...(idempotencyKey === 'required' ? [ref('Idempotency-Key')] : []),
    ...(idempotencyKey === 'optional' ? [ref('Idempotency-Key-optional')] : []),
    ...(etag === 'read' ? [ref('If-None-Match')] : []),
    ...(etag === 'write' ? [ref('If-Match')] : []),
  ];
}

function ref(name: string): JsonSchema {
  if (!(name in PARAMETERS)) throw new Error(`openapi/fixed-parts.ts has no parameter "${name}". Describe it there.`);
  return { $ref: `#/components/parameters/${name}` };
}

/** One response for each status, which names the codes that come with it; calls share those that are the same. */
function problemResponses(
  responses: Record<string, JsonSchema>,
  codes: readonly ProblemCode[],
): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => {
      const name = group.join('.');
      responses[name] ??= problemResponse(status, group);
      return [String(status), { $ref: `#/components/responses/${name}` }];
    }),
  );
}

function problemResponse(status: number, group: readonly ProblemCode[]): JsonSchema {
  return {
    description: group.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('\n\n'),
    ...(status === 429 || status === 503
      ? { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } }
      : {}),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    'x-codes': group,
  };
}

function withItems(name: string, items: readonly JsonSchema[]): JsonSchema {
  return items.length === 0 ? {} : { [name]: items };
}

function sorted(schemas: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}
