/** Blocks as Linux writes them to /proc/bus/input/devices for devices in wide use; bitmaps as their drivers set them. */

export const XBOX_PAD = `I: Bus=0003 Vendor=045e Product=028e Version=0114
N: Name="Microsoft X-Box 360 pad"
P: Phys=usb-0000:00:14.0-2/input0
S: Sysfs=/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/input/input30
U: Uniq=
H: Handlers=event20 js0
B: PROP=0
B: EV=20000b
B: KEY=7cdb000000000000 0 0 0 0
B: ABS=3003f
B: FF=107030000 0
`;

export const DUALSENSE = `I: Bus=0003 Vendor=054c Product=0ce6 Version=8111
N: Name="Sony Interactive Entertainment DualSense Wireless Controller"
P: Phys=usb-0000:00:14.0-3/input3
S: Sysfs=/devices/virtual/input/input31
U: Uniq=aa:bb:cc:dd:ee:ff
H: Handlers=event21 js1
B: PROP=0
B: EV=20000b
B: KEY=7fdb000000000000 0 0 0 0
B: ABS=3003f
`;

export const DUALSENSE_MOTION = `I: Bus=0003 Vendor=054c Product=0ce6 Version=8111
N: Name="Sony Interactive Entertainment DualSense Wireless Controller Motion Sensors"
P: Phys=
S: Sysfs=/devices/virtual/input/input32
U: Uniq=aa:bb:cc:dd:ee:ff
H: Handlers=event22
B: PROP=40
B: EV=19
B: ABS=3f
B: MSC=20
`;

export const DUALSENSE_TOUCHPAD = `I: Bus=0003 Vendor=054c Product=0ce6 Version=8111
N: Name="Sony Interactive Entertainment DualSense Wireless Controller Touchpad"
P: Phys=
S: Sysfs=/devices/virtual/input/input33
U: Uniq=aa:bb:cc:dd:ee:ff
H: Handlers=mouse1 event23
B: PROP=5
B: EV=b
B: KEY=2420 10000 0 0 0 0
B: ABS=260800000000003
`;

export const WHEEL = `I: Bus=0003 Vendor=046d Product=c24f Version=0111
N: Name="Logitech G29 Driving Force Racing Wheel"
P: Phys=usb-0000:00:14.0-5/input0
S: Sysfs=/devices/virtual/input/input34
U: Uniq=
H: Handlers=event24 js2
B: PROP=0
B: EV=20001b
B: KEY=1ff 0 0 0 0 0 0 ffff00000000 0 0 0 0
B: ABS=30027
B: MSC=10
`;

export const KEYBOARD = `I: Bus=0011 Vendor=0001 Product=0001 Version=ab41
N: Name="AT Translated Set 2 keyboard"
P: Phys=isa0060/serio0/input0
S: Sysfs=/devices/platform/i8042/serio0/input/input3
U: Uniq=
H: Handlers=sysrq kbd event3 leds
B: PROP=0
B: EV=120013
B: KEY=402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe
B: MSC=10
B: LED=7
`;

export const KEYBOARD_WITH_PAD_BITS = `I: Bus=0003 Vendor=1532 Product=0203 Version=0111
N: Name="Razer BlackWidow"
P: Phys=usb-0000:00:14.0-6/input1
S: Sysfs=/devices/virtual/input/input35
U: Uniq=
H: Handlers=sysrq kbd event5 js3
B: PROP=0
B: EV=10001f
B: KEY=ffff00000000 1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe
B: REL=1040
B: ABS=100000000
B: MSC=10
`;

export const MOUSE = `I: Bus=0003 Vendor=046d Product=c08b Version=0111
N: Name="Logitech G502 HERO Gaming Mouse"
P: Phys=usb-0000:00:14.0-7/input0
S: Sysfs=/devices/virtual/input/input36
U: Uniq=
H: Handlers=mouse0 event6
B: PROP=0
B: EV=17
B: KEY=ffff0000 0 0 0 0
B: REL=1943
B: MSC=10
`;

export const TABLET = `I: Bus=0003 Vendor=056a Product=0374 Version=0110
N: Name="Wacom Intuos S Pen"
P: Phys=usb-0000:00:14.0-8/input0
S: Sysfs=/devices/virtual/input/input37
U: Uniq=
H: Handlers=mouse2 event7 js4
B: PROP=1
B: EV=1b
B: KEY=1c03 0 0 0 0 0
B: ABS=1000003000003
B: MSC=1
`;
