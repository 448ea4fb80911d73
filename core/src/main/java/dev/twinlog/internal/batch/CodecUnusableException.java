package dev.twinlog.internal.batch;

import dev.twinlog.spi.PartitionFailedException;

/** The library of a codec can't be used in this JVM; says nothing about a batch's bytes. */
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
