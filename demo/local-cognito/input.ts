/** Reads the members of a request's JSON, refusing what AWS's own validation refuses. */
import { ServiceError } from './errors.js';

export type Input = Readonly<Record<string, unknown>>;

/** The user pool service calls a failed validation InvalidParameterException, the identity service ValidationException. */
export type ValidationErrorType = 'InvalidParameterException' | 'ValidationException';

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function validationError(
  type: ValidationErrorType,
  value: string,
  member: string,
  constraint: string,
): ServiceError {
  return new ServiceError(
    type,
    `1 validation error detected: Value ${value} at '${lowerFirst(member)}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

export class InputReader {
  constructor(
    private readonly input: Input,
    private readonly errorType: ValidationErrorType,
  ) {}

  /** A string that must be there. */
  text(member: string, pattern?: RegExp): string {
    const value = this.input[member];
    if (value === undefined || value === null)
      throw validationError(this.errorType, 'null', member, 'not be null');
    if (typeof value !== 'string')
      throw new ServiceError('SerializationException', `${member} must be a string`);
    if (value === '') {
      throw validationError(this.errorType, `''`, member, 'have length greater than or equal to 1');
    }
    if (pattern && !pattern.test(value)) {
      throw validationError(
        this.errorType,
        `'${value}'`,
        member,
        `satisfy regular expression pattern: ${pattern.source}`,
      );
    }
    return value;
  }

  /** A string that may be missing. */
  optionalText(member: string): string | undefined {
    const value = this.input[member];
    return value === undefined || value === null ? undefined : this.text(member);
  }

  /** One of the values of an enumeration. */
  choice(member: string, values: readonly string[]): string {
    const value = this.text(member);
    if (!values.includes(value)) {
      throw validationError(
        this.errorType,
        `'${value}'`,
        member,
        `satisfy enum value set: [${values.join(', ')}]`,
      );
    }
    return value;
  }

  /** A map of strings; undefined where it is absent. */
  textMap(member: string): Record<string, string> | undefined {
    const value = this.input[member];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new ServiceError('SerializationException', `${member} must be a map`);
    }
    const map: Record<string, string> = {};
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string')
        throw new ServiceError('SerializationException', `${member}.${key} must be a string`);
      map[key] = text;
    }
    return map;
  }
}
