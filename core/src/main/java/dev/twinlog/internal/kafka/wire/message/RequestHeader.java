package dev.twinlog.internal.kafka.wire.message;

/** Writes the header of a request (version 2), with the size field before it. */
public final class RequestHeader {
  private RequestHeader() {}

  /** Writes the header of a request whose body has {@code bodySize} bytes. */
  public static MessageWriter write(
      Api api, short version, int correlationId, String clientId, long bodySize) {
    MessageWriter header = new MessageWriter();
    header.int32(0).int16(api.key()).int16(version).int32(correlationId).oldString(clientId);
    header.noTags();
    header.putSize(header.size() - Integer.BYTES + bodySize);
    return header;
  }
}
