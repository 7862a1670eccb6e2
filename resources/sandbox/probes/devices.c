// Devices: each is only opened, and none of those that act on being opened (a watchdog would).
#include "probe.h"

static const struct probe all[] = {
    {"disks", open_one, "/dev/sda\0/dev/vda\0/dev/xvda\0/dev/nvme0n1\0/dev/mmcblk0\0/dev/loop0\0", O_RDONLY},
    {"disk-control", open_one, "/dev/loop-control\0", O_RDWR},
    {"disk-mapper", open_one, "/dev/mapper/control\0", O_RDWR},
    {"disk-pools", open_one, "/dev/btrfs-control\0/dev/zfs\0", O_RDWR},
    {"memory-device", open_one, "/dev/mem\0/dev/kmem\0/dev/port\0", O_RDONLY},
    {"kernel-log-device", open_one, "/dev/kmsg\0", O_RDONLY},
    {"virtual-machines", open_one, "/dev/kvm\0", O_RDWR},
    {"fuse-device", open_one, "/dev/fuse\0", O_RDWR},
    {"tunnel", open_one, "/dev/net/tun\0", O_RDWR},
    {"host-channel", open_one, "/dev/vsock\0/dev/vhost-vsock\0/dev/vhost-net\0", O_RDWR},
    {"graphics", open_one, "/dev/dri/card0\0/dev/dri/renderD128\0/dev/nvidiactl\0/dev/nvidia0\0/dev/kfd\0/dev/dxg\0", O_RDWR},
    {"screen", open_one, "/dev/tty0\0/dev/tty1\0/dev/fb0\0/dev/vcs\0", O_RDONLY},
    {"keyboard", open_one, "/dev/input/event0\0/dev/input/mice\0/dev/hidraw0\0", O_RDONLY},
    {"fake-keyboard", open_one, "/dev/uinput\0", O_RDWR},
    {"microphone", open_one, "/dev/snd/controlC0\0/dev/snd/timer\0", O_RDONLY},
    {"camera", open_one, "/dev/video0\0", O_RDONLY},
    {"usb", open_one, "/dev/bus/usb/001/001\0", O_RDONLY},
    {"pass-through", open_one, "/dev/vfio/vfio\0/dev/iommu\0", O_RDWR},
    {"processor-registers", open_one, "/dev/cpu/0/msr\0", O_RDONLY},
    {"random-device", open_one, "/dev/hwrng\0", O_RDONLY},
    {"clock-device", open_one, "/dev/rtc0\0/dev/ptp0\0", O_RDONLY},
    {"sleep-control", open_one, "/dev/snapshot\0/dev/cpu_dma_latency\0", O_RDONLY},
    {"page-faults-device", open_one, "/dev/userfaultfd\0", O_RDWR},
    {"security-chip", open_one, "/dev/tpm0\0/dev/tpmrm0\0", O_RDWR},
};
const struct group devices = GROUP(all);
