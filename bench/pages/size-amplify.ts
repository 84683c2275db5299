/** The same features from aws-amplify. Only weighed, never run. */
import { Amplify } from 'aws-amplify';
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { Hub } from 'aws-amplify/utils';

Object.assign(globalThis, { app: { Amplify, fetchAuthSession, Hub, signIn, signOut } });
