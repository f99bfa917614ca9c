// JPEG 2000 (Part 1) by OpenJPEG, from and to memory.
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "pixels/codec.h"

namespace pixels::jpeg2000 {
namespace {

using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Coder = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Image = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

constexpr OPJ_SIZE_T kEnd = static_cast<OPJ_SIZE_T>(-1);

base::Fault unencodable() {
  return base::reject("pixels.encode", "the blanked frame cannot be encoded again");
}

struct Reader {
  base::ByteView bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T read_some(void* into, OPJ_SIZE_T count, void* user) {
  auto& reader = *static_cast<Reader*>(user);
  const auto take = std::min<std::size_t>(count, reader.bytes.size() - reader.at);
  if (take == 0) return kEnd;
  std::memcpy(into, reader.bytes.data() + reader.at, take);
  reader.at += take;
  return take;
}

OPJ_OFF_T skip_some(OPJ_OFF_T count, void* user) {
  auto& reader = *static_cast<Reader*>(user);
  if (count < 0 || static_cast<std::size_t>(count) > reader.bytes.size() - reader.at) return -1;
  reader.at += static_cast<std::size_t>(count);
  return count;
}

OPJ_BOOL seek_read(OPJ_OFF_T to, void* user) {
  auto& reader = *static_cast<Reader*>(user);
  if (to < 0 || static_cast<std::size_t>(to) > reader.bytes.size()) return OPJ_FALSE;
  reader.at = static_cast<std::size_t>(to);
  return OPJ_TRUE;
}

struct Writer {
  base::Bytes bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T write_some(void* from, OPJ_SIZE_T count, void* user) {
  auto& writer = *static_cast<Writer*>(user);
  if (writer.at + count > writer.bytes.size()) writer.bytes.resize(writer.at + count);
  std::memcpy(writer.bytes.data() + writer.at, from, count);
  writer.at += count;
  return count;
}

OPJ_OFF_T skip_written(OPJ_OFF_T count, void* user) {
  if (count < 0) return -1;
  static_cast<Writer*>(user)->at += static_cast<std::size_t>(count);
  return count;
}

OPJ_BOOL seek_written(OPJ_OFF_T to, void* user) {
  if (to < 0) return OPJ_FALSE;
  static_cast<Writer*>(user)->at = static_cast<std::size_t>(to);
  return OPJ_TRUE;
}

Stream reading(Reader& reader) {
  Stream stream(opj_stream_default_create(OPJ_TRUE), opj_stream_destroy);
  opj_stream_set_read_function(stream.get(), read_some);
  opj_stream_set_skip_function(stream.get(), skip_some);
  opj_stream_set_seek_function(stream.get(), seek_read);
  opj_stream_set_user_data(stream.get(), &reader, nullptr);
  opj_stream_set_user_data_length(stream.get(), reader.bytes.size());
  return stream;
}

Stream writing(Writer& writer) {
  Stream stream(opj_stream_default_create(OPJ_FALSE), opj_stream_destroy);
  opj_stream_set_write_function(stream.get(), write_some);
  opj_stream_set_skip_function(stream.get(), skip_written);
  opj_stream_set_seek_function(stream.get(), seek_written);
  opj_stream_set_user_data(stream.get(), &writer, nullptr);
  return stream;
}

bool fits(const opj_image_t& image, const Layout& layout) {
  if (image.numcomps != layout.samples) return false;
  const auto& first = image.comps[0];
  return std::all_of(image.comps, image.comps + image.numcomps, [&](const opj_image_comp_t& one) {
    return one.w == layout.columns && one.h == layout.rows && one.dx == 1 && one.dy == 1 &&
           one.prec == first.prec && one.sgnd == first.sgnd && one.prec >= 2 && one.prec <= 16 &&
           layout.allocated == (one.prec <= 8 ? 8 : 16);
  });
}

bool is_transformed(opj_codec_t* codec) {
  opj_codestream_info_v2_t* info = opj_get_cstr_info(codec);
  const bool transformed = info != nullptr && info->m_default_tile_info.mct != 0;
  opj_destroy_cstr_info(&info);
  return transformed;
}

base::Bytes cells_of(const opj_image_t& image, const Layout& layout) {
  base::Bytes cells(raster_bytes(layout));
  const std::size_t bytes = layout.sample_bytes();
  for (std::size_t sample = 0; sample < layout.samples; ++sample) {
    const auto* data = image.comps[sample].data;
    for (std::size_t i = 0; i < layout.pixels(); ++i)
      for (std::size_t k = 0; k < bytes; ++k)
        cells[(i * layout.samples + sample) * bytes + k] =
            static_cast<std::uint8_t>(static_cast<std::uint32_t>(data[i]) >> 8 * k);
  }
  return cells;
}

OPJ_INT32 value_at(const Raster& raster, const Layout& layout, std::size_t sample) {
  const std::size_t bytes = layout.sample_bytes();
  std::uint32_t cell = 0;
  for (std::size_t k = 0; k < bytes; ++k)
    cell |= static_cast<std::uint32_t>(raster.samples[sample * bytes + k]) << 8 * k;
  const auto range = std::uint32_t{1} << raster.precision;
  const auto value = static_cast<OPJ_INT32>(cell & (range - 1));
  const bool negative = raster.is_signed && (cell & range / 2) != 0;
  return negative ? value - static_cast<OPJ_INT32>(range) : value;
}

Image image_of(const Raster& raster, const Layout& layout) {
  opj_image_cmptparm_t parameters[3] = {};
  for (auto& one : parameters) {
    one.dx = one.dy = 1;
    one.w = layout.columns;
    one.h = layout.rows;
    one.prec = raster.precision;
    one.sgnd = raster.is_signed;
  }
  const auto space = layout.samples == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY;
  Image image(opj_image_create(layout.samples, parameters, space), opj_image_destroy);
  if (!image) return image;
  image->x1 = layout.columns;
  image->y1 = layout.rows;
  for (std::size_t sample = 0; sample < layout.samples; ++sample)
    for (std::size_t i = 0; i < layout.pixels(); ++i)
      image->comps[sample].data[i] = value_at(raster, layout, i * layout.samples + sample);
  return image;
}

int resolutions(const Layout& layout) {
  int count = 1;
  while (count < 6 && std::min(layout.rows, layout.columns) >> count != 0) ++count;
  return count;
}

}  // namespace

base::Result<Raster> decode(base::ByteView frame, const Layout& layout) {
  Reader reader{frame};
  const auto stream = reading(reader);
  const Coder codec(opj_create_decompress(OPJ_CODEC_J2K), opj_destroy_codec);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* read = nullptr;
  if (!codec || !opj_setup_decoder(codec.get(), &parameters) ||
      !opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) ||
      !opj_read_header(stream.get(), codec.get(), &read))
    return undecodable();
  const Image image(read, opj_image_destroy);
  if (!fits(*image, layout) || !opj_decode(codec.get(), stream.get(), image.get()) ||
      !opj_end_decompress(codec.get(), stream.get()) || !fits(*image, layout))
    return undecodable();
  for (std::size_t i = 0; i < layout.samples; ++i)
    if (image->comps[i].data == nullptr) return undecodable();
  return Raster{cells_of(*image, layout), static_cast<std::uint16_t>(image->comps[0].prec),
                image->comps[0].sgnd != 0, is_transformed(codec.get())};
}

base::Result<base::Bytes> encode(const Raster& raster, const Layout& layout) {
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.tcp_numlayers = 1;
  parameters.cp_disto_alloc = 1;
  parameters.irreversible = 0;
  parameters.tcp_mct = raster.transformed ? 1 : 0;
  parameters.numresolution = resolutions(layout);
  const auto image = image_of(raster, layout);
  const Coder codec(opj_create_compress(OPJ_CODEC_J2K), opj_destroy_codec);
  Writer writer;
  const auto stream = writing(writer);
  if (!image || !codec || !opj_setup_encoder(codec.get(), &parameters, image.get()) ||
      !opj_start_compress(codec.get(), image.get(), stream.get()) ||
      !opj_encode(codec.get(), stream.get()) || !opj_end_compress(codec.get(), stream.get()))
    return unencodable();
  return std::move(writer.bytes);
}

}  // namespace pixels::jpeg2000
