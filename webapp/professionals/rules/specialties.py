"""Specialties an applicant may choose: codes of the NUCC Health Care Provider Taxonomy (version 24), the common ones.

Each code and its English name was compared with that list; the Chinese names are ours.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Specialty:
    """One code of the taxonomy with its name in both languages."""

    code: str
    english: str
    chinese: str

    def name(self, tag: str) -> str:
        """Its name in the language of that tag."""
        return self.english if tag == "en" else self.chinese


SPECIALTIES = (
    Specialty("207K00000X", "Allergy & Immunology", "变态反应与免疫科"),
    Specialty("207L00000X", "Anesthesiology", "麻醉科"),
    Specialty("207RC0000X", "Cardiovascular Disease", "心血管内科"),
    Specialty("207RC0200X", "Critical Care Medicine", "重症医学科"),
    Specialty("122300000X", "Dentist", "口腔科"),
    Specialty("207N00000X", "Dermatology", "皮肤科"),
    Specialty("2085R0202X", "Diagnostic Radiology", "放射诊断科"),
    Specialty("207P00000X", "Emergency Medicine", "急诊医学科"),
    Specialty("207RE0101X", "Endocrinology, Diabetes & Metabolism", "内分泌代谢科"),
    Specialty("207Q00000X", "Family Medicine", "家庭医学科"),
    Specialty("207RG0100X", "Gastroenterology", "消化内科"),
    Specialty("208D00000X", "General Practice", "全科医学科"),
    Specialty("207RG0300X", "Geriatric Medicine", "老年医学科"),
    Specialty("207RH0003X", "Hematology & Oncology", "血液肿瘤科"),
    Specialty("207RI0200X", "Infectious Disease", "感染科"),
    Specialty("207R00000X", "Internal Medicine", "内科"),
    Specialty("207RX0202X", "Medical Oncology", "肿瘤内科"),
    Specialty("207RN0300X", "Nephrology", "肾内科"),
    Specialty("207T00000X", "Neurological Surgery", "神经外科"),
    Specialty("2084N0400X", "Neurology", "神经内科"),
    Specialty("207U00000X", "Nuclear Medicine", "核医学科"),
    Specialty("363L00000X", "Nurse Practitioner", "执业护师"),
    Specialty("207V00000X", "Obstetrics & Gynecology", "妇产科"),
    Specialty("207W00000X", "Ophthalmology", "眼科"),
    Specialty("207X00000X", "Orthopaedic Surgery", "骨科"),
    Specialty("207Y00000X", "Otolaryngology", "耳鼻咽喉科"),
    Specialty("207ZP0102X", "Anatomic Pathology & Clinical Pathology", "病理科"),
    Specialty("208000000X", "Pediatrics", "儿科"),
    Specialty("183500000X", "Pharmacist", "药师"),
    Specialty("208100000X", "Physical Medicine & Rehabilitation", "康复医学科"),
    Specialty("363A00000X", "Physician Assistant", "医师助理"),
    Specialty("208200000X", "Plastic Surgery", "整形外科"),
    Specialty("2083P0901X", "Public Health & General Preventive Medicine", "公共卫生与预防医学科"),
    Specialty("2084P0800X", "Psychiatry", "精神科"),
    Specialty("207RP1001X", "Pulmonary Disease", "呼吸内科"),
    Specialty("2085R0001X", "Radiation Oncology", "放射肿瘤科"),
    Specialty("163W00000X", "Registered Nurse", "注册护士"),
    Specialty("207RR0500X", "Rheumatology", "风湿免疫科"),
    Specialty("208600000X", "Surgery", "普通外科"),
    Specialty("208G00000X", "Thoracic Surgery (Cardiothoracic Vascular Surgery)", "心胸外科"),
    Specialty("208800000X", "Urology", "泌尿外科"),
)
BY_CODE = {specialty.code: specialty for specialty in SPECIALTIES}
