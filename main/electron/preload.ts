import { contextBridge, ipcRenderer } from 'electron';

import { BRIDGE_GLOBAL } from '../contract/wire.ts';
import { createBridge } from './bridge.ts';
import { isolationFault } from './isolation.ts';

/* Runs before the page, in its process, with a `require` that knows only `electron` (sandbox). */
const fault = isolationFault(process);
// The main process hears of it ('preload-error') and ends the app.
if (fault !== null) throw new Error(fault);
contextBridge.exposeInMainWorld(BRIDGE_GLOBAL, createBridge(ipcRenderer));
