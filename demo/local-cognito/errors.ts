/** An answer of the service that is an error. AWS sends nearly all of them with status 400. */
export class ServiceError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = type;
  }
}

export const notAuthorized = (message: string): ServiceError =>
  new ServiceError('NotAuthorizedException', message);
export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterException', message);
export const resourceConflict = (message: string): ServiceError =>
  new ServiceError('ResourceConflictException', message);
export const resourceNotFound = (message: string): ServiceError =>
  new ServiceError('ResourceNotFoundException', message);
