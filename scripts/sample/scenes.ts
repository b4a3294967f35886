/** A rectangle on the foreground, in pixels of FOREGROUND. */
export interface Shape {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** ffmpeg colour, e.g. `0x0a0608@0.9`. */
  readonly color: string;
}

/** Colours in 0..1 for what is dark, middling and bright: the grade that tells the episodes apart. */
export interface Grade {
  readonly shadow: Rgb;
  readonly middle: Rgb;
  readonly bright: Rgb;
}

type Rgb = readonly [number, number, number];

export interface Scene {
  /** Brightness 0..1 as an expression of x and y (0..1) and T (seconds): soft, out of focus, moving. */
  readonly light: string;
  readonly grade: Grade;
  readonly foreground: readonly Shape[];
  /** Shapes that go on and off with the expression of t: a failing lamp, a ringing phone. */
  readonly flicker: { readonly shapes: readonly Shape[]; readonly enable: string } | null;
  readonly rain: boolean;
}

/** A little wider than the picture, so that it can drift. */
export const FOREGROUND: { readonly width: number; readonly height: number } = { width: 800, height: 1280 };

type Term = string | number;

/**
 * Written out twice: `pow` took most of the time that a picture takes, and a register (`st`, `ld`) is shared between the
 * threads of the 2018 ffmpeg, which shows as specks.
 */
function square(term: string): string {
  return `(${term})*(${term})`;
}

/** A soft spot of light; every term may be an expression of T. */
function glow(amount: Term, x: Term, y: Term, radiusX: Term, radiusY: Term): string {
  return `(${amount})*exp(-${square(`(x-(${x}))/(${radiusX})`)}-${square(`(y-(${y}))/(${radiusY})`)})`;
}

function rect(x: number, y: number, width: number, height: number, color: string): Shape {
  return { x, y, width, height, color };
}

/** A façade of windows; `isLit` picks which are lit, so that the same façade comes out each time. */
function windows(
  area: Shape,
  columns: number,
  rows: number,
  colors: readonly [string, string],
  isLit: (n: number) => boolean,
): readonly Shape[] {
  const stepX = area.width / columns;
  const stepY = area.height / rows;
  return Array.from({ length: columns * rows }, (_, n) => {
    const x = Math.round(area.x + (n % columns) * stepX + stepX * 0.24);
    const y = Math.round(area.y + Math.floor(n / columns) * stepY + stepY * 0.2);
    return rect(x, y, Math.round(stepX * 0.52), Math.round(stepY * 0.6), isLit(n) ? colors[0] : colors[1]);
  });
}

const NIGHT = '0x05060a@0.96';

function hotel(): Scene {
  const facade = rect(170, 500, 460, 780, NIGHT);
  return {
    light: `0.10+0.22*(1-y)+${glow('0.34+0.05*sin(T*0.9)', '0.5+0.12*sin(T*0.35)', 0.36, 0.55, 0.22)}+${glow(0.5, '0.12+0.02*sin(T)', 0.83, 0.22, 0.1)}+${glow(0.42, 0.93, 0.86, 0.2, 0.09)}`,
    grade: { shadow: [0.02, 0.03, 0.07], middle: [0.2, 0.27, 0.46], bright: [1, 0.83, 0.6] },
    foreground: [
      rect(0, 760, 190, 520, '0x04050a@0.9'),
      rect(610, 690, 190, 590, '0x04050a@0.9'),
      facade,
      rect(150, 486, 500, 16, NIGHT),
      ...windows(rect(190, 530, 420, 640, NIGHT), 5, 7, ['0xf2b45c@0.82', '0x151a28@0.9'], (n) => (n * 7) % 11 < 3),
      rect(352, 1160, 96, 120, '0xf6c879@0.9'),
    ],
    flicker: { shapes: [rect(379, 661, 44, 55, '0xffe2ab@0.95')], enable: 'lt(mod(t*1.7,1.9),1.3)*gt(sin(t*23),-0.7)' },
    rain: false,
  };
}

function letter(): Scene {
  const page = rect(230, 500, 340, 350, '0xe9dcc3@0.93');
  const lines = Array.from({ length: 6 }, (_, n) =>
    rect(268, 552 + n * 42, n % 4 === 3 ? 160 : 264, 5, '0x5b4632@0.75'),
  );
  return {
    light: `0.07+${glow('0.75+0.06*sin(T*7)*sin(T*3.1)', '0.5+0.01*sin(T*5)', 0.44, 0.42, 0.26)}+${glow(0.3, '0.85+0.03*sin(T*0.5)', 0.2, 0.25, 0.15)}+0.12*y`,
    grade: { shadow: [0.05, 0.02, 0.015], middle: [0.5, 0.23, 0.09], bright: [1, 0.86, 0.6] },
    foreground: [
      rect(0, 840, 800, 440, '0x140805@0.94'),
      rect(244, 514, 340, 350, '0x0a0402@0.5'),
      page,
      ...lines,
      rect(268, 806, 120, 5, '0x8c1f1f@0.9'),
    ],
    flicker: null,
    rain: false,
  };
}

function phone(): Scene {
  const body = rect(282, 480, 236, 400, '0x050507@0.98');
  return {
    light: `0.05+${glow('0.62+0.22*sin(T*6.2832)', 0.5, 0.6, 0.5, 0.3)}+${glow(0.26, '0.1+0.05*sin(T*0.4)', 0.15, 0.3, 0.2)}`,
    grade: { shadow: [0.01, 0.03, 0.05], middle: [0.03, 0.33, 0.4], bright: [0.72, 1, 0.95] },
    foreground: [
      body,
      rect(292, 494, 216, 372, '0x0c2a33@0.98'),
      rect(362, 548, 76, 76, '0x8fd6d2@0.85'),
      rect(344, 650, 112, 9, '0xd7f5f1@0.9'),
      rect(364, 672, 72, 6, '0x8fd6d2@0.7'),
    ],
    flicker: {
      shapes: [rect(316, 776, 60, 60, '0xd8413f@0.95'), rect(424, 776, 60, 60, '0x3fc46b@0.95')],
      enable: 'lt(mod(t,1),0.62)',
    },
    rain: false,
  };
}

function lift(): Scene {
  return {
    light: `0.04+${glow(1.05, 0.5, 0.58, '0.02+0.012*T', 0.46)}+${glow('0.3+0.04*sin(T*9)', 0.5, 0.2, 0.3, 0.05)}+0.05*gt(mod(y*14,1),0.94)`,
    grade: { shadow: [0.03, 0.025, 0.05], middle: [0.42, 0.13, 0.2], bright: [1, 0.9, 0.78] },
    foreground: [
      rect(0, 300, 150, 980, '0x08060b@0.9'),
      rect(650, 300, 150, 980, '0x08060b@0.9'),
      rect(0, 240, 800, 64, '0x08060b@0.9'),
      rect(150, 304, 6, 976, '0xb98a6a@0.5'),
      rect(644, 304, 6, 976, '0xb98a6a@0.5'),
      rect(690, 720, 40, 120, '0x17121c@0.95'),
      rect(704, 745, 12, 12, '0xff7a55@0.9'),
      rect(704, 790, 12, 12, '0x3a2c36@0.9'),
    ],
    flicker: { shapes: [rect(376, 258, 48, 28, '0xff5a45@0.85')], enable: 'lt(mod(t,1),0.5)' },
    rain: false,
  };
}

function contract(): Scene {
  const lines = Array.from({ length: 5 }, (_, n) => rect(236, 570 + n * 38, n === 4 ? 190 : 330, 5, '0x2b3a33@0.7'));
  return {
    light: `0.06+${glow(0.7, '0.5+0.02*sin(T*0.6)', 0.5, 0.5, 0.3)}+0.17*clip(0.2+1.6*sin((y*1.6+x*0.5)*26+T*0.35),0,1)*(1-y)+${glow(0.2, 0.1, 0.1, 0.3, 0.2)}`,
    grade: { shadow: [0.015, 0.04, 0.03], middle: [0.13, 0.34, 0.25], bright: [0.97, 0.94, 0.8] },
    foreground: [
      rect(0, 850, 800, 430, '0x040a07@0.95'),
      rect(206, 506, 420, 370, '0x020604@0.5'),
      rect(190, 490, 420, 370, '0xefe8d2@0.94'),
      rect(236, 524, 150, 12, '0x1b2a22@0.85'),
      ...lines,
      rect(400, 818, 166, 3, '0x1b2a22@0.9'),
    ],
    flicker: {
      shapes: [rect(404, 798, 120, 5, '0x9b1c2c@0.95'), rect(430, 788, 64, 4, '0x9b1c2c@0.95')],
      enable: 'gt(t,9.6)',
    },
    rain: false,
  };
}

function midnight(): Scene {
  const buildings = [
    [0, 820, 96],
    [90, 700, 150],
    [236, 880, 80],
    [316, 760, 190],
    [520, 650, 104],
    [620, 860, 90],
    [706, 780, 94],
  ] as const;
  const skyline = buildings.map(([x, y, width]) => rect(x, y, width, 1280 - y, '0x07050a@0.97'));
  // A clock tower's face, with its hands a minute before twelve.
  const hands = [
    rect(397, 500, 6, 66, '0x2a0d0c@0.9'),
    rect(398, 450, 4, 116, '0x2a0d0c@0.85'),
    rect(393, 560, 14, 14, '0x2a0d0c@0.95'),
  ];
  return {
    light: `0.10+0.2*(1-y)+${glow('0.62+0.08*sin(T*6.2832)', 0.5, 0.44, 0.34, 0.19)}+0.3*clip(5-5*(${square('(x-0.5-0.036*sin(T*0.33))/0.235')}+${square('(y-0.441)/0.132')}),0,1)+${glow('0.3', 0.5, 0.6, 0.9, 0.16)}`,
    grade: { shadow: [0.06, 0.01, 0.03], middle: [0.55, 0.13, 0.13], bright: [1, 0.82, 0.5] },
    foreground: [
      ...hands,
      ...skyline,
      ...windows(rect(526, 676, 92, 500, NIGHT), 3, 12, ['0xffcf83@0.8', '0x1a0d12@0.9'], (n) => (n * 5) % 9 < 2),
      ...windows(rect(100, 726, 130, 500, NIGHT), 4, 12, ['0xffcf83@0.7', '0x1a0d12@0.9'], (n) => (n * 7) % 13 < 3),
      ...windows(rect(326, 786, 170, 440, NIGHT), 5, 10, ['0xffcf83@0.7', '0x1a0d12@0.9'], (n) => (n * 3) % 17 < 3),
    ],
    flicker: null,
    rain: true,
  };
}

/** In the order of the episodes. */
export const SCENES: readonly Scene[] = [hotel(), letter(), phone(), lift(), contract(), midnight()];
