import type { DoctorReport, Finding } from '../../contract/model/doctor.ts';
import { DEVICE_ID, deviceFindings } from './device-findings.ts';
import { ENGINE_ID, engineFindings, GPUS_FOR_JOBS_ID } from './engine-findings.ts';
import type { DoctorInput } from './input.ts';
import { machineFindings } from './machine-findings.ts';
import { powerFindings } from './power-findings.ts';
import { presenceFindings } from './presence-findings.ts';

/** What is there, what is missing and how to fix it, in plain words. Pure. */
export function findings(input: DoctorInput): readonly Finding[] {
  return [
    ...machineFindings(input),
    ...deviceFindings(input),
    ...engineFindings(input),
    ...presenceFindings(input),
    ...powerFindings(input),
  ];
}

/** Devices that can do work for others, now or once their owner is away, by their titles: those that work on a machine with an engine to run jobs in. */
export function shareable({ findings: all }: DoctorReport): readonly string[] {
  const works = ({ level }: Finding): boolean => level === 'good' || level === 'limited';
  if (!all.every((each) => (each.id !== ENGINE_ID && each.group !== 'machine') || works(each))) return [];
  const takesGpus = all.some((each) => each.id === GPUS_FOR_JOBS_ID && works(each));
  const kinds = [`${DEVICE_ID}cpu:`, ...(takesGpus ? [`${DEVICE_ID}gpu:`] : [])];
  return all.filter((each) => works(each) && kinds.some((kind) => each.id.startsWith(kind))).map(({ title }) => title);
}
