package dev.twinlog.internal.progress;

import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.LinkFailedException;

/**
 * Encodes and decodes the stored form of an {@link AclEntry}. Version 1, texts UTF-8 after a 32-bit
 * length:
 *
 * <pre>
 * version 1 byte | kind | pattern | name | principal | host | operation | permission, all of them texts
 * </pre>
 *
 * <p>It is also a part of keys, so equal entries have equal bytes, and it never gets another field.
 *
 * <p>Thread-safe.
 */
public final class AclEntryCodec {
  private static final int VERSION = 1;

  private AclEntryCodec() {}

  public static byte[] encode(AclEntry entry) {
    return new FieldWriter(VERSION)
        .string(entry.kind().name())
        .string(entry.pattern().name())
        .string(entry.name())
        .string(entry.principal())
        .string(entry.host())
        .string(entry.operation())
        .string(entry.permission().name())
        .toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws LinkFailedException if the version is unknown or the bytes are damaged
   */
  public static AclEntry decode(byte[] stored) {
    return FieldReader.read(
        "ACL",
        stored,
        VERSION,
        in ->
            new AclEntry(
                AclEntry.Kind.valueOf(in.string()),
                AclEntry.Pattern.valueOf(in.string()),
                in.string(),
                in.string(),
                in.string(),
                in.string(),
                AclEntry.Permission.valueOf(in.string())));
  }
}
