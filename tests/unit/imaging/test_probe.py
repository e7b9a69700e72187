import sys
from typing import Any
import numpy as np, pytest, struct
from pydicom.dataset import Dataset
from pydicom.uid import *
import seeds
from cbmir_gui.imaging.dicom import read_dicom

def shown(data, frame=1, window="first"):
    return read_dicom(data, "a.dcm", frame, window, as_stored=True).pixels

D=seeds.dicom
def same(a,b): np.testing.assert_array_equal(a,b)

def test_24():
    st=np.array([[0,1<<23,(1<<24)-1]],np.uint32)
    raw=b"".join(int(x).to_bytes(3,"little") for x in st.ravel())
    same(shown(D(st,pixel_data=raw,BitsAllocated=24,BitsStored=24,HighBit=23)),[[0,127,255]])

@pytest.mark.parametrize("stored",range(1,33))
@pytest.mark.parametrize("signed",[0,1])
def test_depths(stored,signed):
    alloc=8 if stored<=8 else 16 if stored<=16 else 32
    lo,hi=(-(1<<stored-1),(1<<stored-1)-1) if signed else (0,(1<<stored)-1)
    mid=(lo+hi)//2
    a=np.array([[lo,mid,hi]],np.int64)
    kind={8:"u1",16:"u2",32:"u4"}[alloc]
    st=(a&((1<<alloc)-1)).astype(kind)
    d=D(st,BitsStored=stored,HighBit=stored-1,PixelRepresentation=signed)
    exp=[[0,int((mid-lo)*255/(hi-lo)+1e-9),255]]
    same(shown(d),exp)
    # rle
    if alloc<32:
        d2=seeds.compressed(d,RLELossless); same(shown(d2),exp)

@pytest.mark.parametrize("syntax",[RLELossless,JPEG2000Lossless,JPEGLSLossless])
@pytest.mark.parametrize("stored",[2,7,8,10,12,15,16])
@pytest.mark.parametrize("signed",[0,1])
def test_comp(syntax,stored,signed):
    alloc=8 if stored<=8 else 16
    lo=-(1<<stored-1) if signed else 0
    a=np.linspace(lo,lo+(1<<stored)-1,1280).astype(np.int64).reshape(32,40)
    st=a.astype(("i" if signed else "u")+str(alloc//8))
    d=D(st,BitsStored=stored,HighBit=stored-1,PixelRepresentation=signed)
    same(shown(seeds.compressed(d,syntax)),shown(d))

@pytest.mark.parametrize("stored",[2,8,12,16])
@pytest.mark.parametrize("signed",[0,1])
@pytest.mark.parametrize("syntax",[JPEGLossless,JPEGLosslessSV1])
def test_jll(stored,signed,syntax):
    alloc=8 if stored<=8 else 16
    lo=-(1<<stored-1) if signed else 0
    a=np.linspace(lo,lo+(1<<stored)-1,1280).astype(np.int64).reshape(32,40)
    st=a.astype(("i" if signed else "u")+str(alloc//8))
    kw=dict(BitsStored=stored,HighBit=stored-1,PixelRepresentation=signed)
    d=D(st,**kw)
    from pydicom.encaps import encapsulate
    import jpeg_writer
    e=D(st,syntax,encapsulate([jpeg_writer.lossless_jpeg(st,stored)]),**kw)
    same(shown(e),shown(d))

def test_rle_high_bits():
    st=(seeds.ramp("u2")*3%4096); over=st|0xF000
    d=D(st,BitsStored=12,HighBit=11)
    from pydicom.encaps import encapsulate
    o=D(over,BitsStored=12,HighBit=11)
    same(shown(o),shown(d))
    o16=seeds.compressed(D(over),RLELossless)
    import pydicom,io
    ds=pydicom.dcmread(io.BytesIO(o16)); ds.BitsStored=12; ds.HighBit=11
    f=io.BytesIO(); ds.save_as(f)
    same(shown(f.getvalue()),shown(d))

def test_jpegll_high_bits():
    import jpeg_writer
    from pydicom.encaps import encapsulate
    st=(seeds.ramp("u2")*3%4096); over=st|0xF000
    d=D(st,BitsStored=12,HighBit=11)
    e=D(over,JPEGLossless,encapsulate([jpeg_writer.lossless_jpeg(over,16)]),BitsStored=12,HighBit=11)
    same(shown(e),shown(d))

def test_rle_signed_12_not_extended():
    import pydicom,io
    st=(seeds.ramp("u2")*3%4096)
    d=D(st,BitsStored=12,HighBit=11,PixelRepresentation=1)
    ds=pydicom.dcmread(io.BytesIO(seeds.compressed(D(st),RLELossless))); ds.BitsStored=12; ds.HighBit=11; ds.PixelRepresentation=1
    f=io.BytesIO(); ds.save_as(f)
    same(shown(f.getvalue()),shown(d))

@pytest.mark.parametrize("syntax",[ImplicitVRLittleEndian,ExplicitVRBigEndian,DeflatedExplicitVRLittleEndian])
def test_luts(syntax):
    for dt in ("u2","i2"):
        st=np.array([[-3,-2,-1,0,1,2]]).astype(dt)
        signed=dt=="i2"
        lut=seeds.table([0,100,1000,65535],-2 if signed else 0)
        for kw in ({"VOILUTSequence":[lut]},{"ModalityLUTSequence":[lut]}):
            a=D(st,**kw); b=D(st,syntax,**kw)
            print(shown(a)); same(shown(b),shown(a))
            if signed: assert list(shown(a)[0])==[0,0,0,3,255,255]
        pal={"PhotometricInterpretation":"PALETTE COLOR"}
        for c in ("Red","Green","Blue"):
            pal[f"{c}PaletteColorLookupTableDescriptor"]=[4,-2 if signed else 0,16]
            pal[f"{c}PaletteColorLookupTableData"]=struct.pack("<4H" if syntax!=ExplicitVRBigEndian else ">4H",0,0x1000,0x2000,0xFF00)
        a=shown(D(st,syntax,**pal))[0,:,0]
        assert list(a)==([0,0,0x10,0x20,0xff,0xff] if signed else [255]*3+[0,0x10,0x20]), list(a)
        pad=dict(PixelPaddingValue=-3 if signed else 65533)
        same(shown(D(st,syntax,**pad)),shown(D(st,**pad)))

def test_voi_lut_after_rescale():
    lut=seeds.table([0,100,1000,65535],-1024)
    lut["LUTDescriptor"].VR="SS"
    st=np.array([[0,1,2,3]],np.uint16)
    same(shown(D(st,RescaleSlope=1,RescaleIntercept=-1024,VOILUTSequence=[lut])),[[0,0,3,255]])

def test_bits_big_endian_ow():
    bits=np.packbits([1,0,1,1,0,0,1,0, 0,1,1,1,1,1,1,0],bitorder="little").tobytes()
    def mk(syntax,raw,vr):
        import pydicom, io
        d=D(np.zeros((1,16),np.uint8),syntax,pixel_data=raw,BitsAllocated=1,BitsStored=1,HighBit=0)
        ds=pydicom.dcmread(io.BytesIO(d)); ds["PixelData"].VR=vr
        f=io.BytesIO(); ds.save_as(f); return f.getvalue()
    a=shown(mk(ExplicitVRLittleEndian,bits,"OW"))
    b=shown(mk(ExplicitVRBigEndian,bits[::-1],"OW"))
    same(a,[[255,0,255,255,0,0,255,0,0,255,255,255,255,255,255,0]]); same(b,a)

def test_encapsulated_uncompressed():
    from pydicom.encaps import encapsulate
    st=seeds.ramp("u2")
    b=D(st,RLELossless,encapsulate([st.tobytes()])).replace(b"1.2.840.10008.1.2.5\0",b"1.2.840.10008.1.2.1.98\0\0"[:20])
    d=D(st,"1.2.840.10008.1.2.1.98",encapsulate([st.tobytes()]))
    same(shown(d),shown(D(st)))

def test_float_padding():
    st=np.array([[-1e9,0,1,2]],np.float32)
    same(shown(D(st,FloatPixelPaddingValue=-1e9)),[[0,0,127,255]])
    same(shown(D(st.astype("f8"),DoubleFloatPixelPaddingValue=-1e9)),[[0,0,127,255]])

def test_float_window():
    st=np.array([[-1e9,0,1,np.nan]],np.float32)
    print(shown(D(st,WindowCenter=0.5,WindowWidth=1, VOILUTFunction="LINEAR_EXACT")))

def test_rgb_4bits():
    st=np.array([[[0,7,15]]],np.uint8)
    same(shown(D(st,BitsStored=4,HighBit=3)),[[[0,119,255]]])

def test_ybr_planar():
    st=np.array([[[76,85,255],[150,44,21]]],np.uint8)
    a=D(st,PhotometricInterpretation="YBR_FULL"); b=D(st,pixel_data=st.transpose(2,0,1).tobytes(),PlanarConfiguration=1,PhotometricInterpretation="YBR_FULL")
    same(shown(a),shown(b))

def test_jpeg_rgb_declared_transformed():
    from pydicom.encaps import encapsulate
    st=np.full((16,16,3),[200,100,50],np.uint8)
    d=D(st,JPEGBaseline8Bit,encapsulate([seeds.jpeg(st)]),PhotometricInterpretation="RGB")
    print(shown(d)[0,0])
    np.testing.assert_allclose(shown(d),st,atol=3)
def test_jpeg_ybr_full_declared():
    from pydicom.encaps import encapsulate
    st=np.full((16,16,3),[200,100,50],np.uint8)
    d=D(st,JPEGBaseline8Bit,encapsulate([seeds.jpeg(st,subsampling=0)]),PhotometricInterpretation="YBR_FULL")
    np.testing.assert_allclose(shown(d),st,atol=3)
def test_jpeg_rgb_true():
    from pydicom.encaps import encapsulate
    st=np.full((16,16,3),[200,100,50],np.uint8)
    d=D(st,JPEGBaseline8Bit,encapsulate([seeds.jpeg(st,keep_rgb=True,subsampling=0)]),PhotometricInterpretation="RGB")
    np.testing.assert_allclose(shown(d),st,atol=3)

def test_palette_jpeg_rle():
    pal={"PhotometricInterpretation":"PALETTE COLOR"}
    for c in ("Red","Green","Blue"):
        pal[f"{c}PaletteColorLookupTableDescriptor"]=[256,0,8]
        pal[f"{c}PaletteColorLookupTableData"]=bytes(range(256))
    d=D(seeds.ramp("u1"),**pal)
    for s in (RLELossless,JPEG2000Lossless,JPEGLSLossless):
        same(shown(seeds.compressed(d,s)),shown(d))
def test_u4_compressed():
    d=D(seeds.ramp("u4")*999)
    for s in ():
        same(shown(seeds.compressed(d,s)),shown(d))
def test_big_endian_8bit_ob():
    st=seeds.ramp("u1"); same(shown(D(st,ExplicitVRBigEndian)),shown(D(st)))
def test_many_fragments_no_bot():
    from pydicom.encaps import encapsulate
    st=seeds.ramp("u1")
    d=D(np.stack([st,st]),JPEGBaseline8Bit,encapsulate([seeds.jpeg(st),seeds.jpeg(255-st)],fragments_per_frame=3,has_bot=False),NumberOfFrames=2)
    assert abs(shown(d,2).astype(int)-shown(D(255-st))).mean()<9
def test_int64():
    st=np.array([[0,5,10]],np.int64)
    same(shown(D(st)),[[0,127,255]])
