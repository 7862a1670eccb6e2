import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';

const rule = z.strictObject({
  names: z.array(z.string()),
  action: z.enum(['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO']),
  errnoRet: z.int().optional(),
  args: z
    .array(z.strictObject({ index: z.int(), value: z.int(), valueTwo: z.int(), op: z.enum(['SCMP_CMP_EQ', 'SCMP_CMP_MASKED_EQ']) }))
    .optional(),
});
const profile = z
  .strictObject({
    defaultAction: z.literal('SCMP_ACT_ERRNO'),
    defaultErrnoRet: z.literal(1),
    archMap: z.array(z.strictObject({ architecture: z.string(), subArchitectures: z.array(z.string()) })),
    syscalls: z.array(rule),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../resources/sandbox/seccomp.json', import.meta.url), 'utf8')));
const allowed = profile.syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');
const freely = new Set(allowed.filter(({ args }) => args === undefined).flatMap(({ names }) => names));
const atAll = new Set(allowed.flatMap(({ names }) => names));

/** docs.docker.com/engine/security/seccomp, "Significant syscalls blocked by the default profile", but those that are judged by their arguments. */
const BLOCKED_BY_DOCKER =
  `acct add_key bpf clock_adjtime clock_settime create_module delete_module finit_module get_kernel_syms init_module ioperm iopl kcmp
  kexec_file_load kexec_load keyctl lookup_dcookie mount move_pages nfsservctl open_by_handle_at perf_event_open pivot_root
  process_vm_readv process_vm_writev ptrace query_module quotactl reboot request_key setns settimeofday stime swapon swapoff sysfs _sysctl
  umount umount2 unshare uselib userfaultfd ustat vm86 vm86old`.split(/\s+/);

/** What else has let somebody out, or sees or slows down others: docs/sandbox-policy.md. */
const BLOCKED_BY_US =
  `adjtimex chroot fanotify_init fanotify_mark fsconfig fsmount fsopen fspick io_setup io_submit io_uring_enter io_uring_register io_uring_setup ipc
  ioprio_set listmount lsm_set_self_attr memfd_secret migrate_pages modify_ldt mount_setattr move_mount mq_open msgget
  name_to_handle_at open_tree pidfd_getfd process_madvise quotactl_fd remap_file_pages set_mempolicy_home_node setdomainname sethostname
  socketcall statmount syslog uretprobe vhangup vmsplice`.split(/\s+/);

test('no call that lets a job out, or see others, is ever allowed', () => {
  expect([...BLOCKED_BY_DOCKER, ...BLOCKED_BY_US].filter((name) => atAll.has(name))).toEqual([]);
});

test('a call that is harmless by its arguments alone is never allowed without them', () => {
  const judged = ['clone', 'mbind', 'mknod', 'mknodat', 'personality', 'socket', 'socketpair'];
  expect(judged.filter((name) => freely.has(name))).toEqual([]);
  expect(judged.filter((name) => !atAll.has(name))).toEqual([]);
});

test('clone makes no namespace, and clone3, whose arguments a filter cannot see, says that it does not exist', () => {
  // include/uapi/linux/sched.h: NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
  const NAMESPACES = 0x00000080 + 0x00020000 + 0x02000000 + 0x04000000 + 0x08000000 + 0x10000000 + 0x20000000 + 0x40000000;
  expect(allowed.filter(({ names }) => names.includes('clone')).map(({ args }) => args)).toEqual([
    [{ index: 0, value: NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
  ]);
  const ENOSYS = 38;
  expect(profile.syscalls.filter(({ names }) => names.includes('clone3'))).toEqual([
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ]);
});

test('sockets are Unix, IPv4, IPv6 streams and datagrams, and the route netlink that lists interfaces', () => {
  const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] = [1, 2, 10, 16];
  const families = allowed
    .filter(({ names }) => names.includes('socket'))
    .map(({ args }) => args?.find(({ index, op }) => index === 0 && op === 'SCMP_CMP_EQ')?.value);
  expect(new Set(families)).toEqual(new Set([AF_UNIX, AF_INET, AF_INET6, AF_NETLINK]));
});

test("memory policies never move pages of others' processes", () => {
  const MPOL_MF_MOVE_ALL = 4;
  expect(allowed.filter(({ names }) => names.includes('mbind')).map(({ args }) => args)).toEqual([
    [{ index: 5, value: MPOL_MF_MOVE_ALL, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
  ]);
});

test('the profile is for 64-bit x86 and ARM alone: no 32-bit calls and no x32, whose numbers the rules do not know', () => {
  expect(profile.archMap).toEqual([
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
  ]);
});
