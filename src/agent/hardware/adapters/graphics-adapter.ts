import * as z from 'zod';

/** A graphics adapter as Dawn finds it, by which a benchmark asks for it. Two identical cards have the same name. */
export const graphicsAdapter = z.object({
  name: z.string(),
  /** "vulkan", "d3d12", "metal" */
  backend: z.string(),
  vendor: z.string(),
  architecture: z.string(),
  description: z.string(),
  /** It computes on the processor: llvmpipe, SwiftShader, Microsoft's WARP. */
  isSoftware: z.boolean(),
});
export type GraphicsAdapter = z.infer<typeof graphicsAdapter>;
