// For tests of modules, which like the modules themselves know the simulators by their addresses only.
export { type RunningSimulators, startSimulators } from '../../src/simulators/index.ts';
