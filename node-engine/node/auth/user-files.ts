import { NodeStartError } from '../node-options.ts';
import { readPrivateFile } from '../private-file.ts';
import { CLIENT_ROLES, DEFAULT_USER, userProblem, type UserSource } from './users.ts';

const PASSWORD_BYTES_MAX = 512;
const USERS_BYTES_MAX = 256 * 1024;

/**
 * The one password of a cluster from a file, for the default user with all rights: the whole content
 * without white space around it.
 *
 * @throws NodeStartError
 */
export function readPasswordFile(path: string): UserSource {
  const what = 'password file';
  const password = readPrivateFile(path, { what, bytesMax: PASSWORD_BYTES_MAX }).trim();
  if (password === '') throw new NodeStartError('OPTIONS', `the ${what} ${path} is empty`);
  return { name: DEFAULT_USER, role: 'admin', password };
}

/**
 * Users from a file, one a line: `name role password`, the role read-only, read-write or admin. Empty
 * lines and those that begin with # do not count.
 *
 * @throws NodeStartError that names the line
 */
export function readUsersFile(path: string): readonly UserSource[] {
  const text = readPrivateFile(path, { what: 'users file', bytesMax: USERS_BYTES_MAX });
  const users: UserSource[] = [];
  text.split(/\r?\n/).forEach((line, at) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const refuse = (problem: string): never => {
      throw new NodeStartError('OPTIONS', `${path}:${at + 1}: ${problem}`);
    };
    const [name = '', roleWord = '', password = '', ...rest] = line.trim().split(/\s+/);
    const role = CLIENT_ROLES.find((one) => one === roleWord);
    if (role === undefined) {
      return refuse(`'${roleWord}' is no role; write: name ${CLIENT_ROLES.join('|')} password`);
    }
    if (rest.length > 0) refuse('a password with white space in it cannot be written here');
    const problem = userProblem({ name, role, password });
    if (problem !== null) refuse(problem);
    if (users.some((user) => user.name === name)) refuse(`user ${name} is there twice`);
    users.push({ name, role, password });
  });
  if (users.length === 0) throw new NodeStartError('OPTIONS', `${path} holds no user`);
  return users;
}
