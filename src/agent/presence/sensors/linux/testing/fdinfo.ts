const HEAD = 'pos:\t0\nflags:\t02100002\nmnt_id:\t26\nino:\t685\n';

/** As amdgpu of Linux 6.12 writes it. */
export function amdgpuFdinfo({ client = 93, vramKib = 0, gfxNs = 0 }): string {
  return `${HEAD}drm-driver:\tamdgpu
drm-client-id:\t${client}
drm-pdev:\t0000:03:00.0
pasid:\t32771
drm-total-cpu:\t0
drm-total-gtt:\t4096 KiB
drm-total-vram:\t${vramKib} KiB
drm-resident-gtt:\t4096 KiB
drm-resident-vram:\t${vramKib} KiB
drm-memory-vram:\t${vramKib} KiB
drm-memory-gtt: \t4096 KiB
amd-evicted-vram:\t0 KiB
drm-engine-gfx:\t${gfxNs} ns
drm-engine-compute:\t0 ns
`;
}

/** After the example of Documentation/gpu/i915.rst. */
export const I915_FDINFO = `${HEAD}drm-driver: i915
drm-client-id: 7
drm-pdev: 0000:00:02.0
drm-total-system0: 1024 KiB
drm-resident-system0: 1024 KiB
drm-total-local0: 32 MiB
drm-resident-local0: 16 MiB
drm-engine-render: 9288864723 ns
drm-engine-copy: 2035071108 ns
drm-engine-video: 8000 ns
drm-engine-capacity-video: 2
drm-engine-video-enhance: 0 ns
`;

/** After the example of Documentation/gpu/xe/xe-drm-usage-stats.rst. */
export function xeFdinfo(renderCycles: number, totalCycles: number): string {
  return `${HEAD}drm-driver:\txe
drm-client-id:\t3
drm-pdev:\t0000:03:00.0
drm-total-system:\t0
drm-total-vram0:\t23992 KiB
drm-resident-vram0:\t23992 KiB
drm-resident-stolen:\t0
drm-cycles-rcs:\t${renderCycles}
drm-total-cycles-rcs:\t${totalCycles}
drm-cycles-ccs:\t0
drm-total-cycles-ccs:\t${totalCycles}
drm-engine-capacity-ccs:\t4
`;
}
