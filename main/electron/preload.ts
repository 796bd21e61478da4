import { contextBridge, ipcRenderer } from 'electron';

import { BRIDGE_GLOBAL } from '../contract/wire.ts';
import { createBridge } from './bridge.ts';

/* Runs before the page, in its process, with a `require` that knows only `electron` (sandbox). */
contextBridge.exposeInMainWorld(BRIDGE_GLOBAL, createBridge(ipcRenderer));
