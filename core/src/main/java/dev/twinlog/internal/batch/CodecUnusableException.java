package dev.twinlog.internal.batch;

import dev.twinlog.spi.PartitionFailedException;

/** Batches of a codec can be neither opened nor made here; nothing is said about their bytes. */
public final class CodecUnusableException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  CodecUnusableException(Codec codec, String library, LinkageError cause) {
    super(
        ("%s needs %s, a library that kafka-clients brings, which can't be used here: %s; is it on"
                + " the class path, made for this platform, and may libraries be loaded from"
                + " java.io.tmpdir?")
            .formatted(codec, library, cause),
        cause);
  }
}
